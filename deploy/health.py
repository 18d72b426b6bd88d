"""Whether the node in this container is well: exit code 0 when the address given answers 200.

usage: health.py https://127.0.0.1:8443/health/live
"""

import ssl
import sys
import urllib.error
import urllib.request

SECONDS = 4.0


def main(address: str) -> int:
    """Return the exit code; it asks over this container's own loopback, so no certificate is checked."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with urllib.request.urlopen(address, timeout=SECONDS, context=context) as answer:
            return 0 if answer.status == 200 else 1
    except (urllib.error.URLError, OSError) as error:
        sys.stderr.write(f"{address}: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
