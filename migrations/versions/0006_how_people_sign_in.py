"""Passkeys, codes, one-time secrets, challenges, failed attempts, and where a session's device hears web push."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "one_time_secrets",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("person", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("expires_at", sa.Float(precision=53), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_one_time_secrets_person")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_one_time_secrets")),
        sa.UniqueConstraint("person", name=op.f("uq_one_time_secrets_person")),
    )
    op.create_table(
        "passkeys",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("person", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("credential", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.Float(precision=53), nullable=False),
        sa.Column("used_at", sa.Float(precision=53)),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_passkeys_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential", name=op.f("uq_passkeys_credential")),
    )
    op.create_index(op.f("ix_passkeys_person"), "passkeys", ["person"])
    op.create_table(
        "totp",
        sa.Column("person", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("center", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.LargeBinary(), sa.Computed("substring(sealed from 2 for 4)", persisted=True)),
        sa.Column("confirmed_at", sa.Float(precision=53)),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["center"], ["centers.id"], name=op.f("fk_totp_center")),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_totp_person")),
        sa.ForeignKeyConstraint(
            ["center", "key_id"],
            ["center_keys.center", "center_keys.live_id"],
            name=op.f("fk_totp_center_key_id"),
        ),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_totp")),
    )
    op.create_table(
        "challenges",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("center", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("asker", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.Float(precision=53), nullable=False),
        sa.ForeignKeyConstraint(["center"], ["centers.id"], name=op.f("fk_challenges_center")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_challenges")),
    )
    op.create_index(op.f("ix_challenges_center_asker"), "challenges", ["center", "asker"])
    op.create_table(
        "attempts",
        sa.Column("center", sa.Text(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failed_at", sa.Float(precision=53), nullable=False),
        sa.Column("succeeded_at", sa.Float(precision=53), nullable=False),
        sa.ForeignKeyConstraint(["center"], ["centers.id"], name=op.f("fk_attempts_center")),
        sa.PrimaryKeyConstraint("center", "key", name=op.f("pk_attempts")),
    )
    op.create_table(
        "push_subscriptions",
        sa.Column("session", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("center", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.LargeBinary(), sa.Computed("substring(sealed from 2 for 4)", persisted=True)),
        sa.Column("made_at", sa.Float(precision=53), nullable=False),
        sa.ForeignKeyConstraint(["center"], ["centers.id"], name=op.f("fk_push_subscriptions_center")),
        sa.ForeignKeyConstraint(["session"], ["sessions.id"], name=op.f("fk_push_subscriptions_session")),
        sa.ForeignKeyConstraint(
            ["center", "key_id"],
            ["center_keys.center", "center_keys.live_id"],
            name=op.f("fk_push_subscriptions_center_key_id"),
        ),
        sa.PrimaryKeyConstraint("session", name=op.f("pk_push_subscriptions")),
    )


def downgrade() -> None:
    op.drop_table("push_subscriptions")
    op.drop_table("attempts")
    op.drop_table("challenges")
    op.drop_table("totp")
    op.drop_table("passkeys")
    op.drop_table("one_time_secrets")
