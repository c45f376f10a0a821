"""HTTPS: two certificates on one port, a redirect from HTTP, and a renewed certificate that cuts no connection."""

import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from examples.stage import Stage, show, wait

CONFIG = Path(__file__).with_name("crossway.yaml")


def main() -> None:
    with Stage() as stage:
        for name in ("shop", "blog"):
            write_certificate(stage.directory, name)
        stage.service("shop", 9001)
        stage.service("blog", 9002)
        config = stage.copy(CONFIG)
        config.write_text(config.read_text().replace("DIRECTORY", str(stage.directory)))
        gateway = stage.gateway(config)

        answer = stage.get("/cart", headers={"host": "shop.example"})
        place = answer.headers["location"]
        show(f"HTTP answers with a redirect to {place}", place == f"https://shop.example:{stage.port(8443)}/cart")

        port = stage.port(8443)
        with connect(port, "shop.example", stage.directory / "shop.crt") as shop:
            show(f"shop.example shows its own certificate, over {shop.version()}", shop.version() == "TLSv1.3")
            show("and is answered by the shop", "shop" in request(shop, "shop.example"))
            with connect(port, "blog.example", stage.directory / "blog.crt") as blog:
                show("blog.example shows another one, on the same port", "blog" in request(blog, "blog.example"))

            write_certificate(stage.directory, "shop")

            def renewed() -> bool:
                with connect(port, "shop.example", stage.directory / "shop.crt"):
                    return True

            wait(renewed, gateway)
            show("a renewed certificate file is shown to the next client", True)
            show("and the connection from before still works", "shop" in request(shop, "shop.example"))


def connect(port: int, host: str, authority: Path) -> ssl.SSLSocket:
    """Connect and check that the certificate is the one in *authority*, and for *host*."""
    context = ssl.create_default_context(cafile=str(authority))
    return context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=5), server_hostname=host)


def request(connection: ssl.SSLSocket, host: str) -> str:
    connection.sendall(f"GET / HTTP/1.1\r\nhost: {host}\r\n\r\n".encode())
    return connection.recv(65536).decode()


def write_certificate(directory: Path, name: str) -> None:
    """Write a new certificate for ``NAME.example``, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{name}.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(days=90))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(f"{name}.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (directory / f"{name}.key").write_bytes(pem)
    (directory / f"{name}.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


if __name__ == "__main__":
    main()
