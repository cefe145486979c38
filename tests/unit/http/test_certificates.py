"""Private certificates: where they are looked for, and what is said when a variable names none."""

import hashlib
import ssl
from pathlib import Path
from typing import Any

import pytest

from deployer.github.api import Api
from deployer.http.certificates import BUNDLES, FILE, FOLDERS, TrustedCertificates, find_certificates
from deployer.http.request import Request
from deployer.model.errors import PlatformError
from deployer.model.secret import Secret

OK = {"code": 0, "msg": "OK"}


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*BUNDLES, FILE, FOLDERS):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server(stage: Any, certificate: Path) -> Any:
    """A server with a certificate of its own."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return stage.play(stage.answer(200, OK), wrap=lambda plain: context.wrap_socket(plain, server_side=True))


@pytest.fixture
def folder(certificate: Path, tmp_path: Path) -> Path:
    """A folder as OpenSSL reads it: each file is named by a hash of its certificate's subject (here `CN=loopback`)."""
    name = b"\x0c\x08loopback"
    subject = b"\x06\x03\x55\x04\x03" + name
    subject = b"\x31" + bytes([len(subject) + 2]) + b"\x30" + bytes([len(subject)]) + subject
    number = int.from_bytes(hashlib.sha1(subject, usedforsecurity=False).digest()[:4], "little")
    made = tmp_path / "certs"
    made.mkdir()
    (made / f"{number:08x}.0").write_bytes(certificate.read_bytes())
    return made


def get(stage: Any, url: str) -> Any:
    return stage.http(url).send(Request("GET", "/v1/x", stage.key, repeatable=True))


def refused(stage: Any, url: str) -> PlatformError:
    with pytest.raises(PlatformError) as info:
        get(stage, url)
    return info.value


@pytest.mark.parametrize("variable", [*BUNDLES, FILE])
def test_file_that_a_variable_names_is_trusted(stage: Any, server: Any, certificate: Path, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, str(certificate))
    assert get(stage, server.url).body == OK


def test_path_is_relative_to_the_working_directory(stage: Any, server: Any, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(certificate.parent)
    monkeypatch.setenv(FILE, certificate.name)
    assert get(stage, server.url).body == OK


@pytest.mark.parametrize(("variable", "before"), [("REQUESTS_CA_BUNDLE", ""), (FOLDERS, ""), (FOLDERS, "/not/there:")])
def test_folder_that_a_variable_names_is_trusted(
    stage: Any, server: Any, folder: Path, monkeypatch: pytest.MonkeyPatch, variable: str, before: str
) -> None:
    monkeypatch.setenv(variable, f"{before}{folder}")
    assert get(stage, server.url).body == OK


def test_folders_are_trusted_besides_the_programs_own_certificates(folder: Path) -> None:
    assert find_certificates({FOLDERS: str(folder)}, "ours.pem") == TrustedCertificates("ours.pem", str(folder))


def test_first_variable_counts(certificate: Path) -> None:
    names = {"REQUESTS_CA_BUNDLE": str(certificate), "CURL_CA_BUNDLE": "/b.pem", FILE: "/c.pem", FOLDERS: "/d"}
    assert find_certificates(names, "ours.pem") == TrustedCertificates(str(certificate))
    assert "CURL_CA_BUNDLE names /b.pem" in find_certificates(names | {"REQUESTS_CA_BUNDLE": ""}, "ours.pem").problem
    assert find_certificates(dict.fromkeys(names, ""), "ours.pem") == TrustedCertificates("ours.pem")


@pytest.mark.parametrize("variable", [*BUNDLES, FILE, FOLDERS])
def test_file_that_is_not_there_is_named_with_its_variable(stage: Any, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "/usr/local/share/ca-certificates/corp.crt")
    error = refused(stage, "https://127.0.0.1:9")
    assert (error.code, stage.clock.waits) == ("CA_FILE", [])
    assert f"{variable} names /usr/local/share/ca-certificates/corp.crt, which is not there" in error.message
    assert error.fix.startswith("Mount it into the container")
    assert "only the workspace is in the container" in error.fix


def test_file_without_a_certificate_is_named(stage: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "ca.der").write_bytes(b"\x30\x82")
    monkeypatch.setenv(FILE, str(tmp_path / "ca.der"))
    error = refused(stage, "https://127.0.0.1:9")
    assert (error.code, f"SSL_CERT_FILE names {tmp_path}/ca.der, which holds no certificate in PEM form" in error.message) == ("CA_FILE", True)


def test_folder_in_place_of_a_file_cannot_be_read(tmp_path: Path) -> None:
    assert "cannot be read" in find_certificates({FILE: str(tmp_path)}, "ours.pem").problem


def test_plain_http_needs_no_certificates(stage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FILE, "/not/there.pem")
    assert get(stage, stage.play(stage.answer(200, OK)).url).body == OK


def test_unknown_ca_has_a_fix_that_names_the_variables(stage: Any, server: Any) -> None:
    error = refused(stage, server.url)
    assert error.code == "TLS"
    assert "SSL_CERT_FILE or REQUESTS_CA_BUNDLE" in error.fix


def test_calls_to_github_have_the_same_fix(stage: Any, server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def error() -> PlatformError:
        with pytest.raises(PlatformError) as info:
            Api(server.url, "acme/flows", Secret("stand-in-token"), clock=stage.clock).get("/repos/acme/flows")
        return info.value

    assert (error().code, "SSL_CERT_FILE" in error().fix) == ("TLS", True)
    monkeypatch.setenv(FILE, "/not/there.pem")
    assert (error().code, "workspace" in error().fix) == ("CA_FILE", True)
