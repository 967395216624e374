"""Whom a connection trusts, and who it says it is: authorities and certificates, from files."""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from typing import Final

import attrs
import httpx

from clockhand.errors import WorkFailed
from clockhand_network.sent_file import opened, unreadable

_CODES: Final = {"ca_file": "network:ca-file", "cert": "network:cert", "key": "network:cert"}

Stamps = tuple[tuple[int, int, int], ...]


@attrs.frozen(kw_only=True, repr=False)
class Trust:
    """The files that make a TLS context; never shown, since the password of the key is with them."""

    ca_file: str | None = None
    """The authorities to trust instead of the system's."""
    cert: str | None = None
    key: str | None = None
    key_password: str | None = None

    @property
    def files(self) -> dict[str, str]:
        """The files by the fields that name them."""
        given = {"ca_file": self.ca_file, "cert": self.cert, "key": self.key}
        return {name: path for name, path in given.items() if path is not None}

    @property
    def nameless(self) -> Trust:
        """The same without a certificate: what a host is shown that isn't meant to see it."""
        return Trust(ca_file=self.ca_file)

    def stamps(self) -> Stamps:
        """Return what tells each file from one that replaces it; a WorkFailed names one that isn't there."""
        return tuple(_stamp(name, path) for name, path in self.files.items())

    def context(self) -> ssl.SSLContext:
        """Return a context that verifies, and shows the certificate; a WorkFailed names a wrong file."""
        context = _verifying(self.ca_file)
        if self.cert is not None:
            self._show(context, self.cert)
        return context

    def _show(self, context: ssl.SSLContext, cert: str) -> None:
        where = f"cert: {cert!r}" if self.key is None else f"cert: {cert!r} with key {self.key!r}"
        try:
            context.load_cert_chain(cert, self.key, self._password)
        except (OSError, ValueError) as error:
            why = getattr(error, "reason", None) or error
            hint = "" if self.key_password is None else ", or key_password is wrong"
            reason = f"{where} can't be read as a certificate and its key{hint}: {why}"
            raise WorkFailed("network:cert", reason) from None

    def _password(self) -> str:
        """Return the password; without a function to ask, OpenSSL would ask on the terminal, and wait."""
        if self.key_password is None:
            raise WorkFailed(
                "network:cert", f"key: {self.key or self.cert!r} is encrypted; give its key_password"
            )
        return self.key_password


def _stamp(name: str, path: str) -> tuple[int, int, int]:
    try:
        with opened(path) as file:
            found = os.fstat(file.fileno())
    except (OSError, ValueError) as error:
        raise WorkFailed(_CODES[name], unreadable(path, name, error)) from None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _verifying(ca_file: str | None) -> ssl.SSLContext:
    """Return a context that trusts the authorities of *ca_file*, else the system's, else httpx's own."""
    if ca_file is not None:
        try:
            return ssl.create_default_context(cafile=ca_file)
        except OSError as error:
            reason = f"{ca_file!r} can't be read as certificates: {error}"
            raise WorkFailed("network:ca-file", reason) from None
    context = ssl.create_default_context()
    return context if context.get_ca_certs() or _has_folder_of_authorities() else httpx.create_ssl_context()


def _has_folder_of_authorities() -> bool:
    folder = ssl.get_default_verify_paths().capath
    return folder is not None and any(Path(folder).iterdir())
