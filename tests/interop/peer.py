"""The other side: PASETO by pyseto.

Reads a JSON array of jobs from standard input and writes a JSON array of answers. A job that pyseto
refuses is answered with {"refused": why}; anything else that goes wrong ends the program.
"""

import json
import sys

import pyseto
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyseto import Key
from pyseto.exceptions import DecryptError, VerifyError
from secrets import token_bytes


def seal(job):
    token = pyseto.encode(
        Key.from_paserk(job["key"]),
        job["payload"].encode(),
        footer=job["footer"].encode(),
        implicit_assertion=job["implicit"].encode(),
    )
    return {"token": token.decode()}


def open_(job):
    try:
        token = pyseto.decode(Key.from_paserk(job["key"]), job["token"], implicit_assertion=job["implicit"].encode())
    except (DecryptError, VerifyError) as why:
        return {"refused": str(why)}
    return {"payload": token.payload.decode(), "footer": token.footer.decode()}


def ids(job):
    key = Key.from_paserk(job["key"])
    return {"id": key.to_paserk_id(), "public_id": key.to_peer_paserk_id(), "paserk": key.to_paserk()}


def generate(job):
    if job["kind"] == "local":
        key = Key.new(version=4, purpose="local", key=token_bytes(32))
    else:
        pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        key = Key.new(version=4, purpose="public", key=pem)
    return {"paserk": key.to_paserk(), "id": key.to_paserk_id(), "public_id": key.to_peer_paserk_id()}


JOBS = {"seal": seal, "open": open_, "ids": ids, "generate": generate}

json.dump([JOBS[job["do"]](job) for job in json.load(sys.stdin)], sys.stdout)
