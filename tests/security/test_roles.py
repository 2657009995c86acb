"""A role of PostgreSQL that reaches the counting room by a way round is named when the web process starts."""

import os
from dataclasses import replace
from urllib.parse import urlsplit

import psycopg
import pytest
from flask import Flask
from psycopg import sql

from app.keys import walls
from config import Settings

MAKES = "the role in DATABASE_URL may make roles, or copy the whole server"
READS = "the role in DATABASE_URL may read all data or the server's own files"


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("power", "sentence"),
    [
        ("CREATEROLE", MAKES),
        ("REPLICATION", MAKES),
        ("IN ROLE pg_read_server_files", READS),
        ("IN ROLE pg_execute_server_program", READS),
        ("IN ROLE pg_read_all_data", READS),
    ],
)
def test_a_way_round_is_found(app: Flask, settings: Settings, power: str, sentence: str) -> None:
    role = sql.Identifier(f"round_{os.getpid()}")
    word = sql.Literal(urlsplit(settings.database_url).password)
    url = settings.database_url.replace("//front:", f"//round_{os.getpid()}:")
    assert {MAKES, READS}.isdisjoint(walls.find_gaps(settings))
    with psycopg.connect(settings.owner_database_url, autocommit=True) as owner:
        owner.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {} ").format(role, word) + sql.SQL(power))
        found = walls.find_gaps(replace(settings, database_url=url))
        owner.execute(sql.SQL("DROP ROLE {}").format(role))
    assert sentence in found
