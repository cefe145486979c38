"""Which certificates a TLS connection trusts: those that come with the program, or those that a variable of the environment names.

`REQUESTS_CA_BUNDLE`, else `CURL_CA_BUNDLE`, names a file or a folder, as for `requests`; else `SSL_CERT_FILE` names a file and `SSL_CERT_DIR`
folders, as for OpenSSL. A file takes the place of the program's own certificates, `SSL_CERT_DIR` is added to them.
"""

import os
import ssl
from collections.abc import Mapping
from typing import Final, NamedTuple

BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
FILE, FOLDERS = "SSL_CERT_FILE", "SSL_CERT_DIR"
# By the code of a failure: what to do next.
FIXES: Final = {
    "TLS": "Check the address. If the server, or a proxy before it, has a certificate of a private CA, name the file of that CA in "
    "SSL_CERT_FILE or REQUESTS_CA_BUNDLE. Verification cannot be switched off.",
    "CA_FILE": "Mount it into the container, or copy it into the workspace in an earlier step, and name that path: of the runner's files only "
    "the workspace is in the container.",
}


class TrustedCertificates(NamedTuple):
    """A `file`, and `folders` as in `SSL_CERT_DIR`; "" is none. `problem`: why those that a variable names cannot be used, "" if they can."""

    file: str
    folders: str = ""
    problem: str = ""


def find_certificates(environ: Mapping[str, str], default: str) -> TrustedCertificates:
    """What the environment names; `default` is the file that comes with the program."""
    variable = next((name for name in BUNDLES if environ.get(name)), "")
    if variable:
        path = environ[variable]
        return TrustedCertificates("", path) if os.path.isdir(path) else TrustedCertificates(path, problem=_file_problem(variable, path))
    file, folders = environ.get(FILE, ""), environ.get(FOLDERS, "")
    problem = (_file_problem(FILE, file) if file else "") or (_folder_problem(folders) if folders else "")
    return TrustedCertificates(file or default, folders, problem)


def _file_problem(variable: str, path: str) -> str:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except FileNotFoundError:
        return f"{variable} names {path}, which is not there"
    except ssl.SSLError:
        return f"{variable} names {path}, which holds no certificate in PEM form"
    except OSError as error:
        return f"{variable} names {path}, which cannot be read: {error.strerror}"
    return ""


def _folder_problem(folders: str) -> str:
    """None of them is there; OpenSSL passes over a single one that is missing."""
    return "" if any(map(os.path.isdir, folders.split(os.pathsep))) else f"{FOLDERS} names {folders}, which is not there"
