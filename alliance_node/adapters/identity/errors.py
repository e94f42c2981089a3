"""What can go wrong with keys and personal data: one class per cause. No message carries personal data or a key."""


class IdentityError(Exception):
    """Base of this package's errors: `code` for programs, the message for people, `next_step` says what to do."""

    code = "identity_error"
    next_step = "Look at the node's log."


class KeyFileMissing(IdentityError):
    """No key file and no environment variable: the node never invents a key by itself."""

    code = "key_file_missing"
    next_step = "Restore the key file from your backup, or create a node with `alliance node init`."


class KeyFileMalformed(IdentityError):
    """The key material is there, but it is not what a key file holds."""

    code = "key_file_malformed"
    next_step = "Restore the key file from your backup; never edit it by hand."


class KeyFileExposed(IdentityError):
    """Other users of the machine may read the key file."""

    code = "key_file_exposed"
    next_step = "Run `chmod 600` on the key file and consider `alliance node rotate-keys`."


class UnknownKeyGeneration(IdentityError):
    """Data is wrapped by a generation which the key provider no longer has."""

    code = "unknown_key_generation"
    next_step = "Put the old generation back into the key file and run `alliance node rotate-keys` again."


class CiphertextRefused(IdentityError):
    """A stored value does not belong to this member, field and version, or it was altered."""

    code = "ciphertext_refused"
    next_step = "Somebody changed the database: compare it with a backup before you trust it."


class UnknownField(IdentityError):
    """A field of personal data which the vault does not keep."""

    code = "unknown_personal_field"
    next_step = "Send only: name, phone, email, birthday, address, external_ref."


class MalformedPersonalField(IdentityError):
    """A phone number or e-mail address that can not be looked up."""

    code = "malformed_personal_field"
    next_step = "Write phones as +<country><number>, e-mail as name@domain, birthdays as YYYY-MM-DD."


class IdentityInUse(IdentityError):
    """Another member was enrolled with this phone number, e-mail address or external reference."""

    code = "identity_in_use"
    next_step = "Look the member up instead of enrolling them again."


class IdentityErased(IdentityError):
    """The member's data key was destroyed: their personal data no longer exists."""

    code = "identity_erased"
    next_step = "Nothing can bring the data back; the points stay with the pseudonymous member."


class ConsentMissing(IdentityError):
    """The member has not agreed to this purpose, or took it back."""

    code = "consent_missing"
    next_step = "Ask the member, then record the consent."
