"""The privileges of the two PostgreSQL roles, which separate the rooms. Applied after every migration."""

import re

from sqlalchemy import Connection, inspect, text

READ, ADD, CHANGE, REMOVE, EMPTY = "SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"

FRONT = {
    **{table: (READ, ADD) for table in ("survey", "questionnaire", "cell", "batch", "card", "void", "spent")},
    "wave": (READ,),
    **{table: (READ, ADD, CHANGE, REMOVE) for table in ("draft", "saved_draft", "staff_user", "staff_session")},
    **{table: (READ, ADD, CHANGE, REMOVE) for table in ("keying_count", "reading_count")},
    **{table: (READ, ADD, REMOVE) for table in ("set_up_link", "recovery_code", "keying_link", "frame_count")},
    **{table: (READ, ADD, CHANGE) for table in ("audit_head", "audit_check")},
    **{table: (READ, ADD, CHANGE) for table in ("pending_issue", "pending_burn", "frame", "offer")},
    **{table: (READ, ADD) for table in ("audit", "evidence_rating", "rival_explanation", "outside_figure")},
    **{table: (READ, ADD, CHANGE) for table in ("read_comment", "harm_report", "read_round")},
    **{table: (READ, ADD, CHANGE, REMOVE) for table in ("masked_comment", "quote")},
    **{table: (READ, ADD, CHANGE) for table in ("action", "action_text", "theme")},
    **{table: (READ, ADD) for table in ("theme_version", "theme_release", "double_coding")},
    **{table: (READ, ADD, REMOVE) for table in ("theme_example", "extract", "extract_theme")},
    **{table: (READ, ADD, CHANGE, REMOVE) for table in ("coded_comment", "coding")},
    **{table: (READ, ADD, REMOVE) for table in ("destroy_prints", "restored_words")},
    "inbox": (READ,),
    "shown_rates": (READ,),
    "burned": (READ,),
    "delete_key": (READ,),
    "letter": (ADD,),
    "request": (READ, ADD),
    "release": (READ,),
    "shown_turnout": (READ,),
    "opener_heartbeat": (READ,),
    "alembic_version": (READ,),
}
COUNTING = {
    **{table: (READ,) for table in ("survey", "questionnaire", "cell", "batch", "alembic_version")},
    "wave": (READ, REMOVE),
    "letter": (READ, REMOVE),
    "request": (READ, CHANGE),
    **{table: (READ, ADD, CHANGE) for table in ("release", "shown_turnout", "shown_rates")},
    "audit_head": (READ,),
    "audit_check": (READ, ADD, CHANGE),
    "opener_heartbeat": (READ, ADD, CHANGE),
    "burned": (READ, ADD, CHANGE),
    "delete_key": (READ, ADD, REMOVE),
    # where words go, these get new files (TRUNCATE) and are filled again: a deleted row would stay in the old ones
    **{table: (READ, ADD, CHANGE, REMOVE, EMPTY) for table in ("inbox", "read_comment", "masked_comment", "quote")},
    "destroy_prints": (READ, ADD),
    **{table: (REMOVE,) for table in ("draft", "saved_draft", "spent", "card", "frame", "frame_count")},
    **{table: (READ, REMOVE) for table in ("harm_report", "read_round")},
    **{table: (READ, REMOVE) for table in ("coded_comment", "coding", "double_coding")},
}
COLUMNS = (
    # The front room creates a wave and changes its state and dates; it can never set the public key for letters.
    ("front", "wave", "INSERT (id, survey_slug, number, questionnaire_id, module, opens_on, closes_on, state)"),
    ("front", "wave", "UPDATE (state, opens_on, closes_on)"),
    ("front", "wave", "UPDATE (cancelled_because)"),
    ("front", "wave", "UPDATE (words, reading_day)"),
    ("front", "wave", "UPDATE (public_on)"),  # the day from which everybody can read its results
    # The opener applies the schedule, makes the key pair and restores the state of a wave that is over, so it can
    # change these columns of a wave and no other; to delete old drafts it can read their wave and week, but not their
    # content.
    ("counting", "wave", "UPDATE (letter_pub, state)"),
    ("counting", "wave", "UPDATE (cancelled_because)"),
    # When it opens a wave on its first day, it sees whether there are readers of own words, and leaves them out if not.
    ("counting", "wave", "UPDATE (words)"),
    ("counting", "staff_user", "SELECT (role, is_enabled, locality, survey_slug)"),
    ("counting", "draft", "SELECT (wave_id, week)"),
    ("counting", "saved_draft", "SELECT (wave_id, week)"),
    # Each night the opener compares numbers and seals of the audit log with its notes; it cannot read the entries.
    ("counting", "audit", "SELECT (id, seal)"),
    # When keys are destroyed, the opener deletes marks of used codes and cards; it can read only their wave or batch.
    # The front room can delete neither.
    ("counting", "spent", "SELECT (wave_id)"),
    ("counting", "card", "SELECT (batch_id)"),
    # It freezes the target population with the results, and deletes it with a wave that never opened.
    ("counting", "frame", "SELECT (wave_id, definition, counted_on, is_late)"),
    ("counting", "frame_count", "SELECT (wave_id, group_name, locality, headcount)"),
)


def grant_all(connection: Connection, room: str) -> None:
    """Grant the roles ``front`` and ``counting`` the privileges they need in one schema, and revoke all others."""
    if room == "answers":
        connection.execute(text("GRANT USAGE ON SCHEMA answers TO counting"))
        connection.execute(
            text("GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA answers TO counting")
        )
        connection.execute(text("REVOKE ALL ON SCHEMA answers FROM front"))
        return
    found = inspect(connection).get_multi_columns(schema="portal")  # a downgrade may have dropped tables and columns
    there = {name: {column["name"] for column in columns} for (_schema, name), columns in found.items()}
    for role, table in (("front", FRONT), ("counting", COUNTING)):
        connection.execute(text(f"GRANT USAGE ON SCHEMA portal TO {role}"))
        connection.execute(text(f"REVOKE ALL ON ALL TABLES IN SCHEMA portal FROM {role}"))
        for name, rights in table.items():
            if name in there:
                connection.execute(text(f"GRANT {', '.join(rights)} ON portal.{name} TO {role}"))
    for role, name, right in COLUMNS:
        if name in there and set(re.findall("[a-z_]+", right)) <= there[name]:
            connection.execute(text(f"GRANT {right} ON portal.{name} TO {role}"))
    connection.execute(text("GRANT USAGE ON ALL SEQUENCES IN SCHEMA portal TO front"))
