// Package sqlite keeps runs in one SQLite file, askflow.db, in a portal's state folder. It implements run.Store; SQL is
// nowhere else. One process writes at a time, any number may read meanwhile; docs/database.md describes the schema for
// people who open the file themselves.
package sqlite
