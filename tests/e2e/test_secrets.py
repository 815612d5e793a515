"""No secret ever reaches a log, whatever is done with it."""

import secrets

from checked_gateway import CheckedGateway
from system import await_true


def canary(kind: str) -> str:
    return f"canary-{kind}-{secrets.token_hex(8)}"


def token_from_mail(system, email: str, subject: str) -> str:
    """Out of the folder into which the installation puts its mails."""
    def found():
        for file in (system.state / "data" / "mail").glob("*.eml"):
            text = file.read_text()
            if f"To: {email}\n" in text and f"Subject: {subject}" in text:
                return next(line for line in text.splitlines() if line.startswith("    ")).strip()
        return None
    return await_true(found, 10, f"a mail to {email}")


def test_what_people_keep_secret_is_in_no_log(system):
    anonymous = system.anonymous()
    password, wrong, new = (canary(kind) for kind in ("password", "wrong", "new"))
    email = f"{canary('someone')}@example.com"
    secret = [password, wrong, new]
    doors = [anonymous, CheckedGateway(system.env["USER_URL"], patience_s=0)]
    anonymous.register(email, password, "Ada Lovelace")
    for door in doors:
        door.call("POST", "/api/v1/sessions", {"email": email, "password": wrong})
        door.call("POST", "/api/v1/sessions", f'{{"password": "{password}"'.encode())
        door.call("POST", "/api/v1/users", {"email": email, "password": password, wrong: 1})
        door.call("POST", f"/api/v1/users/password-resets/{wrong}", {"password": new})
        door.call("POST", f"/api/v1/users/password-resets/{wrong}", {"password": 1})
        door.call("GET", f"/api/v1/users/me?access_token={wrong}",
                  headers={"Authorization": f"Bearer {wrong}"})
    signed_in = anonymous.call("POST", "/api/v1/sessions", {"email": email, "password": password},
                               expect=(201,)).json()
    me = anonymous.as_user(signed_in["access_token"])
    refreshed = anonymous.call("POST", "/api/v1/sessions/refresh",
                               {"refresh_token": signed_in["refresh_token"]}, expect=(200,)).json()
    me.call("PUT", "/api/v1/users/me/password", {"current_password": wrong, "new_password": new})
    secret += [pair[name] for pair in (signed_in, refreshed)
               for name in ("access_token", "refresh_token")]

    verification = token_from_mail(system, email, "Confirm your e-mail address")
    anonymous.call("POST", "/api/v1/users/password-resets", {"email": email}, expect=(202,))
    reset = token_from_mail(system, email, "Choose a new password")
    for door in doors:
        door.call("POST", f"/api/v1/users/password-resets/{reset}", {"password": "short"})
        # As whoever follows a link, or mistypes it, asks for it.
        door.call("GET", f"/api/v1/users/password-resets/{reset}")
        door.call("POST", f"/api/v1/users/password-resets/{reset}/", {"password": "short"})
        door.call("POST", f"/api/v1/users/password%2Dresets/{reset}", {"password": "short"})
    anonymous.call("POST", f"/api/v1/users/email-verifications/{verification}", expect=(200,))
    anonymous.call("POST", f"/api/v1/users/password-resets/{reset}", {"password": new},
                   expect=(200,))
    assert anonymous.sign_in(email, new).token
    assert_in_no_log(system, secret + [verification, reset])


def test_what_the_installation_keeps_secret_is_in_no_log(system):
    kept = []
    for file in (system.state / "secrets").iterdir():
        assert file.stat().st_mode & 0o077 == 0, f"{file.name} can be read by others"
        if file.suffix == ".json":
            continue  # public keys
        lines = [line for line in file.read_text().splitlines() if not line.startswith("-----")]
        kept += [line for line in lines if len(line) >= 16]
    assert len(kept) > 10
    assert_in_no_log(system, kept + [url.split(":")[2].split("@")[0] for url in kept
                                     if url.startswith("postgresql://")])


def assert_in_no_log(system, secret: list[str]) -> None:
    logs = {file: file.read_bytes() for file in (system.state / "log").rglob("*")
            if file.is_file()}
    assert any(b"/api/v1/sessions" in text for text in logs.values()), "requests are logged"
    for file, text in logs.items():
        for value in secret:
            assert value.encode() not in text, f"{value[:16]}… is in {file.name}"
