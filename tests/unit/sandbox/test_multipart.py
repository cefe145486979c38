"""Forms as clients send them, and torn ones."""

import pytest

from deployer.sandbox.multipart import FormPart, MalformedFormError, parse_form

TYPE = 'multipart/form-data; boundary="xx"'


def form(*parts: bytes, end: bytes = b"--xx--\r\n") -> bytes:
    return b"".join(b"--xx\r\n" + part + b"\r\n" for part in parts) + end


@pytest.mark.parametrize(
    ("disposition", "filename"),
    [
        ('form-data; name="file"; filename="a.flow"', "a.flow"),
        ('form-data; filename="a;b.flow"; name="file"', "a;b.flow"),
        (r'form-data; name="file"; filename="a\"b.flow"', 'a"b.flow'),
        ("form-data; name=\"file\"; filename*=utf-8''%C3%A4.flow", "ä.flow"),
        ('form-data; name="file"; filename="ä.flow"', "ä.flow"),
        ('form-data; name="file"', None),
    ],
)
def test_file_names(disposition: str, filename: str | None) -> None:
    body = form(f"Content-Disposition: {disposition}\r\nContent-Type: application/octet-stream\r\n\r\n".encode() + b"\x00\r\n--x\r\n")
    assert parse_form(TYPE, body) == {"file": FormPart(filename, b"\x00\r\n--x\r\n")}


def test_several_fields() -> None:
    body = form(b'Content-Disposition: form-data; name="a"\r\n\r\n1', b'content-disposition: form-data; name="b"\r\n\r\n')
    assert parse_form(TYPE, body) == {"a": FormPart(None, b"1"), "b": FormPart(None, b"")}


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data", form(b'Content-Disposition: form-data; name="a"\r\n\r\n1')),
        (TYPE, b""),
        (TYPE, form(b'Content-Disposition: form-data; name="a"\r\n\r\n1', end=b"")),
        (TYPE, form(b"Content-Disposition: form-data\r\n\r\n1")),
        (TYPE, form(b'Content-Disposition: form-data; name="a"')),
    ],
)
def test_malformed_form_is_refused(content_type: str, body: bytes) -> None:
    with pytest.raises(MalformedFormError):
        parse_form(content_type, body)
