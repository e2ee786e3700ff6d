"""The body of an HTTP answer, in pieces as they arrive.

Owns how a body is read and which of urllib3's errors are which of requests'; must not know who asks what.
"""

from collections.abc import Iterator

import requests
from urllib3.exceptions import DecodeError, ProtocolError, ReadTimeoutError, SSLError

_MOST_BYTES = 1 << 16


def arriving(response: requests.Response) -> Iterator[bytes]:
    """The body of a streamed response, decompressed; each piece is what one look at the connection gives.

    ``iter_content`` waits until a piece is full: a server that sends a byte now and then would keep its
    caller for hours, who could not even look at the clock, as each byte comes within the time limit.

    Raises:
        RequestException: as ``iter_content`` does.
    """
    try:
        while piece := response.raw.read1(_MOST_BYTES, decode_content=True):
            yield piece
    except ProtocolError as error:
        raise requests.exceptions.ChunkedEncodingError(error) from error
    except DecodeError as error:
        raise requests.exceptions.ContentDecodingError(error) from error
    except ReadTimeoutError as error:
        raise requests.exceptions.ConnectionError(error) from error
    except SSLError as error:
        raise requests.exceptions.SSLError(error) from error
