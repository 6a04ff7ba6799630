/// The tables of the catalog, and how a new one is made.
enum CatalogSchema {
    /// Names of runs, trees and work are hashes: who finds something by one looks whether it is meant.
    ///
    /// `changed`, `inode`, `size`: of a file or folder when it was read. `open`: of a file with a ledger
    /// that was not closed. `sum`: of hashes of the names and inodes in a folder, `last` the last name. `stands`: 0 for a run that one ledger tells alone, 1 for one that several
    /// tell together, 2 for what such a one tells already. `content`: `LedgerContent`; `copies` are of ledgers that were taken in from another file. Project 0 has no name. `courses` are those of the newest runs of a project.
    /// `result`: a hash of what a finished run came to. `teaches`: `CatalogTeachers`. `used`:
    /// `CatalogRules`.
    static let tables = """
        CREATE TABLE folders (path TEXT PRIMARY KEY, parent TEXT, changed INTEGER, inode INTEGER,
            settled INTEGER, last TEXT, sum INTEGER) WITHOUT ROWID;
        CREATE TABLE files (id INTEGER PRIMARY KEY, path TEXT UNIQUE, folder TEXT, size INTEGER,
            changed INTEGER, inode INTEGER, open INTEGER);
        CREATE TABLE problems (file INTEGER, path TEXT, message TEXT);
        CREATE TABLE ledgers (id INTEGER PRIMARY KEY, file INTEGER, member TEXT, content INTEGER);
        CREATE INDEX ledgers_content ON ledgers (content) WHERE content IS NOT NULL;
        CREATE TABLE copies (id INTEGER PRIMARY KEY, ledger INTEGER, file INTEGER, member TEXT);
        CREATE TABLE runs (id INTEGER PRIMARY KEY, name INTEGER, ledger INTEGER, stands INTEGER,
            work INTEGER, seed INTEGER, rest INTEGER, loose INTEGER, result INTEGER,
            teaches INTEGER, task INTEGER, finished INTEGER, started INTEGER, ended INTEGER,
            kept BLOB);
        CREATE TABLE courses (project INTEGER, ended INTEGER, run INTEGER, course BLOB,
            PRIMARY KEY (project, ended, run)) WITHOUT ROWID;
        CREATE TABLE used (rule INTEGER PRIMARY KEY);
        CREATE TABLE names (id INTEGER PRIMARY KEY, text TEXT UNIQUE);
        CREATE TABLE projects (id INTEGER PRIMARY KEY, name TEXT UNIQUE, runs INTEGER);
        CREATE TABLE tasks (id INTEGER PRIMARY KEY, project INTEGER, entry TEXT, data TEXT,
            stage TEXT, UNIQUE (project, entry, data, stage));
        CREATE TABLE kinds (project INTEGER, path TEXT, numbers INTEGER, truths INTEGER,
            nulls INTEGER, PRIMARY KEY (project, path)) WITHOUT ROWID;
        CREATE TABLE codes (project INTEGER, tree TEXT, closure TEXT, runs INTEGER,
            PRIMARY KEY (project, tree, closure)) WITHOUT ROWID;
        CREATE TABLE trees (tree INTEGER, project INTEGER, runs INTEGER,
            PRIMARY KEY (tree, project)) WITHOUT ROWID;
        """

    /// Made when the first runs are in, which is quicker.
    static let indices = """
        CREATE INDEX files_folder ON files (folder);
        CREATE INDEX files_open ON files (open) WHERE open = 1;
        CREATE INDEX problems_file ON problems (file);
        CREATE INDEX ledgers_file ON ledgers (file);
        CREATE INDEX copies_ledger ON copies (ledger);
        CREATE INDEX copies_file ON copies (file);
        CREATE INDEX runs_name ON runs (name);
        CREATE INDEX runs_ledger ON runs (ledger);
        CREATE INDEX runs_work ON runs (work) WHERE stands < 2;
        CREATE INDEX runs_loose ON runs (loose, seed, rest, work, result, finished)
            WHERE stands < 2;
        CREATE INDEX runs_teaches ON runs (task, teaches, loose, seed) WHERE teaches > 0;
        CREATE INDEX runs_task ON runs (task, ended) WHERE finished = 1 AND stands < 2;
        CREATE INDEX codes_tree ON codes (tree);
        CREATE INDEX codes_closure ON codes (closure);
        """
}
