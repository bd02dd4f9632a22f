# SPDX-License-Identifier: Apache-2.0
"""A server that waits for nobody: something to run under a policy."""
import signal
import socket

signal.signal(signal.SIGINT, signal.SIG_DFL)
server = socket.create_server(("127.0.0.1", 0))
server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4194304)
print("receive buffer:", server.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF), flush=True)
signal.pause()
