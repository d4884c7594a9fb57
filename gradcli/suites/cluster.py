"""Dask's executor, as `concurrent.futures` has it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

from gradcli.errors import UsageError

CONNECT = "10s"


class ClusterExecutor(Executor):
    """The workers of a Dask cluster; a worker that dies is one lost call, which Dask has tried before."""

    def __init__(self, address: str) -> None:
        try:
            import distributed
        except ImportError:
            help = "install it with: pip install 'gradcli[distributed]'"
            raise UsageError("`--scheduler` needs distributed", help=help) from None
        library: Any = distributed
        try:
            self._client = library.Client(address, timeout=CONNECT)
        except (OSError, ValueError) as error:
            raise UsageError(f"there is no scheduler at `{address}`: {error}") from None
        # Dask takes equal calls for one call, whose failure would be that of the next attempt as well.
        self._executor = self._client.get_executor(pure=False)

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        """Run a call on some worker."""
        future: Future[Any] = self._executor.submit(function, *arguments, **named)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster, which goes on without us."""
        self._executor.shutdown(wait=wait and not cancel_futures)
        self._client.close()
