"""B-T over a real HTTP time-stamping service (RFC 3161) on this machine."""

import http.server
import threading
from datetime import timedelta

import pytest
from asn1crypto import keys, tsp, x509
from cryptography import x509 as pyca
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps import DummyTimeStamper

from reports.signing.examine import examine_pdf
from reports.signing.seal import SealError, seal_pdf

WORDS = {"reason": "Issued", "location": "Boston", "report_id": "RPT-00012"}


def authority(now):
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = pyca.Name([pyca.NameAttribute(NameOID.COMMON_NAME, "Test time stamping")])
    certificate = (
        pyca.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(pyca.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .sign(private, hashes.SHA256())
    )
    encoding, form = serialization.Encoding.DER, serialization.PrivateFormat.PKCS8
    secret = private.private_bytes(encoding, form, serialization.NoEncryption())
    der = certificate.public_bytes(encoding)
    stamper = DummyTimeStamper(x509.Certificate.load(der), keys.PrivateKeyInfo.load(secret))
    return stamper, der


@pytest.fixture(scope="module")
def service(signed_at):
    stamper, root = authority(signed_at)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            reply = stamper.request_tsa_response(tsp.TimeStampReq.load(body)).dump()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *args):
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", root
    server.shutdown()
    server.server_close()


def test_a_time_stamp_is_embedded_and_recognised(rendered, key, roots, signed_at, service):
    url, root = service
    stamped = seal_pdf(rendered, key, signed_at=signed_at, tsa_url=url, **WORDS)
    found = examine_pdf(stamped, roots, tsa_roots=(root,))
    assert not found.failures
    assert found.timestamped
    assert not examine_pdf(stamped, roots).timestamped


def test_a_service_that_does_not_answer_leaves_nothing_half_sealed(rendered, key, signed_at):
    with pytest.raises(SealError, match="could not be sealed"):
        seal_pdf(rendered, key, signed_at=signed_at, tsa_url="http://127.0.0.1:9/", **WORDS)
