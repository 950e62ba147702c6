"""The HTTP door: bodies checked, one command made, the desk's answer given. No rule of dispatch lives here."""
