// Passkeys (WebAuthn): what the service asks of this device's own lock, and what the device answers.

import { answer, api, type Answer, type Me } from "./http.ts";
import type { Problem } from "./problem.ts";

type Asked = { publicKey: PublicKeyCredentialRequestOptionsJSON };
type Registers = { publicKey: PublicKeyCredentialCreationOptionsJSON };
/** As `toJSON` gives it; the service checks every part. */
type Told = { id: string; rawId: string; type: "public-key"; response: { clientDataJSON: string } };

/** Its person said no, or the device knows no passkey for this service. */
export const NOT_GIVEN: Problem = { status: 400, code: "passkey_not_given", detail: "" };

/** Whether this browser can. */
export const hasPasskeys = (): boolean =>
  "PublicKeyCredential" in window && "parseRequestOptionsFromJSON" in PublicKeyCredential;

/** Sign in by passkey, without a login. */
export async function signInByPasskey(): Promise<Answer<Me>> {
  const credential = await asked(await answer<Asked>(api.POST("/api/session/passkey/options")));
  if (!credential.ok) return credential;
  return answer<Me>(api.POST("/api/session/passkey", { body: { credential: credential.body, as: "cookie" } }));
}

/** Show again who one is. */
export async function proveByPasskey(): Promise<Answer<unknown>> {
  const credential = await asked(await answer<Asked>(api.POST("/api/session/prove/options")));
  if (!credential.ok) return credential;
  return answer(api.POST("/api/session/prove", { body: { credential: credential.body } }));
}

/** Make this device's lock a passkey of whoever is signed in. Asks for a fresh proof. */
export async function registerPasskey(): Promise<Answer<unknown>> {
  const options = await answer<Registers>(api.POST("/api/session/passkeys/options"));
  if (!options.ok) return options;
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options.body.publicKey);
  const made = await given(() => navigator.credentials.create({ publicKey }));
  if (!made.ok) return made;
  return answer(api.POST("/api/session/passkeys", { body: { credential: made.body } }));
}

async function asked(options: Answer<Asked>): Promise<Answer<Told>> {
  if (!options.ok) return options;
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options.body.publicKey);
  return given(() => navigator.credentials.get({ publicKey }));
}

async function given(ask: () => Promise<Credential | null>): Promise<Answer<Told>> {
  try {
    const credential = await ask();
    if (!(credential instanceof PublicKeyCredential)) return { ok: false, problem: NOT_GIVEN };
    return { ok: true, body: credential.toJSON() as Told };
  } catch (failure) {
    if (failure instanceof DOMException) return { ok: false, problem: NOT_GIVEN };
    throw failure;
  }
}
