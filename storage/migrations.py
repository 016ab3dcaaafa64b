"""The schema, as the history of how it came to be. Steps are only ever appended, never edited.

All pending steps run in one transaction (see `storage.database.open_corpus`), so none of them may call
anything that commits by itself, such as `executescript`.
"""

from sqlite_utils import Database, Migrations

from storage import neighbours

migrations = Migrations("civicpress")


@migrations()
def m001_documents(db: Database) -> None:
    """Documents, their wordings and their other addresses; `number` is the rowid that full-text search points at."""
    db.execute("""
        create table sources (
            id text primary key, name text not null, kind text not null, home text not null,
            language text, licence text
        )""")
    db.execute("""
        create table documents (
            number integer primary key,
            id text not null unique,
            key text unique,              -- storage.addresses.address_key(url); null where no address is known
            read_at text,                 -- the key of the page that the wording came from: `url` may be its claim
            url text,
            source text not null references sources(id),
            title text not null, body text not null,
            date text, date_origin text, date_confidence real,
            language text,
            fingerprint text not null,    -- storage.duplicates.fingerprint: equal texts are one document
            first_seen text not null, changed text not null, withdrawn text,
            revision integer not null,
            seq integer not null unique references revisions(seq)
        )""")
    db.execute("create unique index documents_fingerprint on documents(fingerprint)")
    db.execute("create index documents_read_at on documents(read_at)")
    db.execute("create index documents_source on documents(source, date)")
    # autoincrement: a number is never given twice, so a reader that remembers the highest one misses nothing
    db.execute("""
        create table revisions (
            seq integer primary key autoincrement,
            document text not null, revision integer not null,
            title text not null, date text, body text not null, seen text not null,
            unique (document, revision)
        )""")
    db.execute("""
        create table copies (
            key text primary key not null, document text not null references documents(id), url text not null,
            source text not null, relation text not null check (relation in ('exact', 'near')), similarity real not null,
            first_seen text not null
        )""")
    db.execute("create index copies_document on copies(document)")


@migrations()
def m002_full_text(db: Database) -> None:
    """Search over title and body that takes `citta` for `città`."""
    db.execute("""
        create virtual table documents_fts using fts5(
            title, body, content=documents, content_rowid=number, tokenize="unicode61 remove_diacritics 2"
        )""")
    put = "insert into documents_fts(rowid, title, body) values (new.number, new.title, new.body);"
    drop = "insert into documents_fts(documents_fts, rowid, title, body) values ('delete', old.number, old.title, old.body);"
    db.execute(f"create trigger documents_fts_insert after insert on documents begin {put} end")
    db.execute(f"create trigger documents_fts_delete after delete on documents begin {drop} end")
    db.execute(f"create trigger documents_fts_update after update of title, body on documents begin {drop} {put} end")


@migrations()
def m003_raw_pages(db: Database) -> None:
    """The page that a document was read from, compressed with zstd, with all that extraction was told beside it."""
    db.execute("""
        create table pages (
            document text primary key references documents(id), url text not null, content_type text not null,
            hints text not null, fetched text not null, extraction integer not null, body blob not null
        )""")


@migrations()
def m004_runs(db: Database) -> None:
    """What each run did, source by source, and every page that was fetched and not stored."""
    counts = "requests, not_modified, bytes, new, revised, unchanged, duplicates, problems"
    columns = ", ".join(f"{name} integer not null default 0" for name in counts.split(", "))
    db.execute(f"""
        create table runs (
            id integer primary key autoincrement, started text not null, finished text, status text not null,
            pid integer, {columns}
        )""")
    db.execute(f"""
        create table run_sources (
            run integer not null references runs(id), source text not null, status text not null, error text,
            seconds real not null, {columns}, primary key (run, source)
        )""")
    db.execute("""
        create table problems (
            number integer primary key, url text not null, source text not null, reason text not null,
            detail text not null, run integer not null references runs(id), seen text not null
        )""")
    db.execute("create index problems_run on problems(run)")


@migrations()
def m005_memory(db: Database) -> None:
    """What a crawl remembers: every address a list named and what became of it, every list and how far it was read."""
    db.execute("""
        create table addresses (
            key text primary key, url text not null, source text not null,
            state text not null check (state in ('pending', 'stored', 'rejected', 'failed')),
            tries integer not null default 0,
            hints text not null,          -- title, date and origin as the lists gave them (JSON)
            content text,                 -- digest of the text that a feed carries, to notice when it changes
            document text references documents(id), run integer not null
        )""")
    db.execute("create index addresses_waiting on addresses(source) where state in ('pending', 'failed')")
    db.execute("""
        create table routes (
            source text not null, url text not null, strategy text not null,
            start text not null,          -- the first page of the list that this page belongs to
            advertised integer not null,  -- found on the site, not written in the catalogue
            state text not null check (state in ('pending', 'read')),
            complete integer not null default 0,  -- of a first page: its list was once read to the end
            etag text, last_modified text, asked text,
            primary key (source, url)
        )""")
    db.execute(
        "create table robots (origin text primary key, status integer not null, body blob not null, fetched text not null)"
    )


@migrations()
def m006_corpus(db: Database) -> None:
    """The view that readers use: one row for each distinct document."""
    db.execute("""
        create view corpus as select
            d.seq, d.id,
            case when d.date is null then d.title else ' date ' || substr(d.date, 1, 7) || ' ' || d.title end
                || case when d.body = '' then '' else char(10, 10) || d.body end as text,
            d.title, d.body, d.date, substr(d.date, 1, 7) as month, d.date_origin, d.date_confidence,
            d.source, s.kind, d.url, d.language, d.first_seen, d.changed, d.withdrawn, d.revision,
            (select count(*) from copies c where c.document = d.id) as copies
        from documents d join sources s on s.id = d.source""")


@migrations()
def m007_neighbours(db: Database) -> None:
    """Texts that are nearly those of other documents are kept, and shown as copies of those (see storage.neighbours)."""
    db.execute("drop view corpus")
    db.execute("alter table copies rename to outlets")  # other addresses of a text; `copies` is what readers see
    # the better document that this text is nearly the same as, and how alike they are; null: a document of its own
    db.execute("alter table documents add column copy_of text")
    db.execute("alter table documents add column similarity real")
    db.execute("create index documents_copy_of on documents(copy_of) where copy_of is not null")
    db.execute("""
        create table likenesses (
            document integer primary key references documents(number) on delete cascade,
            version integer not null,     -- storage.likeness.VERSION: keys of two algorithms cannot be compared
            words integer not null,
            sketch blob not null,         -- storage.likeness.sketch
            numbers blob not null         -- each number or day with its place: unsigned 64 bits, little-endian
        )""")
    db.execute("""
        create table neighbour_keys (
            key integer not null, document integer not null,  -- 0: too many texts have this key, and none is listed
            primary key (key, document)
        ) without rowid""")
    db.execute("""
        create view copies as
            select o.document, o.url, o.source, o.relation, o.similarity, o.first_seen, o.key, null as copy, null as seq
            from outlets o join documents d on d.id = o.document where d.copy_of is null
            union all
            select copy_of, url, source, 'near', similarity, first_seen, key, id, seq
            from documents where copy_of is not null
            union all
            select d.copy_of, o.url, o.source, 'near', d.similarity, o.first_seen, o.key, null, null
            from documents d join outlets o on o.document = d.id where d.copy_of is not null""")
    db.execute("""
        create view corpus as select
            d.seq, d.id,
            case when d.date is null then d.title else ' date ' || substr(d.date, 1, 7) || ' ' || d.title end
                || case when d.body = '' then '' else char(10, 10) || d.body end as text,
            d.title, d.body, d.date, substr(d.date, 1, 7) as month, d.date_origin, d.date_confidence,
            d.source, s.kind, d.url, d.language, d.first_seen, d.changed, d.withdrawn, d.revision,
            (select count(*) from outlets o where o.document = d.id)
                + (select count(*) from documents n where n.copy_of = d.id)
                + (select count(*) from documents n join outlets o on o.document = n.id where n.copy_of = d.id) as copies
        from documents d join sources s on s.id = d.source where d.copy_of is null""")
    neighbours.place_all(db)  # 1 ms a document, once


@migrations()
def m008_templates(db: Database) -> None:
    """What each source's pages taught of its template: which element holds the text, what is furniture (JSON)."""
    db.execute("create table templates (source text primary key references sources(id), memory text not null)")


@migrations()
def m011_forgotten(db: Database) -> None:
    """Addresses that were taken down, and are kept out."""
    db.execute("create table forgotten (key text primary key, url text not null, since text not null)")


@migrations()
def m010_schedule(db: Database) -> None:
    """What decides when a source's turn comes: when it was last done with, how often it publishes, who asked for a pause."""
    # when the source was done with; null where the run was stopped before it was
    db.execute("alter table run_sources add column finished text")
    db.execute("""
        update run_sources set finished =
            (select r.finished from runs r where r.id = run_sources.run and r.status != 'interrupted')""")
    db.execute("create index run_sources_source on run_sources(source, run)")
    db.execute("create index documents_undated on documents(source, first_seen) where date is null")
    # hosts (with their port, where it is not the usual one) that asked not to be contacted before a moment
    db.execute("create table pauses (host text primary key, until text not null, why text not null)")


@migrations()
def m009_health(db: Database) -> None:
    """What each run saw of a source beside its counts: its health is judged by how that changes."""
    for column in (
        "pages integer",    # of releases, that were read or rejected
        "dated integer",    # of those that were read, how many have a date
        "undated integer",
        "letters integer",  # the median length of their texts
        "reasons text",     # why pages were rejected: {reason: how many}
        "lists text",       # what lists that were read named: {address: how many releases, or null where it failed}
    ):  # fmt: skip
        db.execute(f"alter table run_sources add column {column}")
    db.execute("create index run_sources_telling on run_sources(source, run) where pages > 0")


@migrations()
def m012_looks(db: Database) -> None:
    """When a page that is known is looked at again, and how its host wants to be asked (see storage.looking)."""
    db.execute("""
        create table looks (
            key text primary key, url text not null, source text not null, next text not null, times integer not null,
            etag text, last_modified text,
            gone text                     -- since when the page is not there
        )""")
    db.execute("create index looks_next on looks(source, next)")


@migrations()
def m013_changed(db: Database) -> None:
    """When a sitemap says that a page was last changed: a later moment is a reason to look at it again."""
    db.execute("alter table addresses add column changed text")


@migrations()
def m015_soundness(db: Database) -> None:
    """When the file was last looked over, and what was wrong with it (see storage.soundness)."""
    db.execute(
        "create table soundness (only_one integer primary key check (only_one = 1), checked text not null, fault text)"
    )


@migrations()
def m014_honesty(db: Database) -> None:
    """What makes a refresh cheap without missing anything: which hosts' validators tell the truth, how far each list is
    read, when that was last checked, and what the fast way had missed."""
    for column in (
        "named text",        # a digest of what the page named when it was last read
        "checked text",      # when it was last asked without a condition
        "vain integer not null default 0",  # how often in a row a condition did not match although nothing had changed
        "reach text",        # of a pending page: how far its list is to be read on from there (all, full)
        "looked_back text",  # of a first page, from here on: when its list was last read as far as releases are recent
        "swept text",        # when it was last read to its end
        "pause integer",     # days until it is read to its end again
    ):  # fmt: skip
        db.execute(f"alter table routes add column {column}")
    # releases that no quick refresh would have found, and a look back or a sweep did
    db.execute("alter table run_sources add column missed integer")
    # hosts that said "not modified" of what had changed
    db.execute("create table distrusted (host text primary key, since text not null, why text not null)")


@migrations()
def m016_known(db: Database) -> None:
    """What runs note of pages that are read again, and of lists beyond what they name."""
    # how known pages fared: {sound | undated | scrap | a reason: how many}
    db.execute("alter table run_sources add column known text")
    # {address: [how many with a date, how many that were known, a mark of what it names], or null of one not modified}
    db.execute("alter table run_sources add column details text")


@migrations()
def m017_old_problems(db: Database) -> None:
    """Problems by age, for the service drops old ones a few at a time."""
    db.execute("create index problems_seen on problems(seen)")
