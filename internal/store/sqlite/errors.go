package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	sqlite "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"askflow/internal/run"
)

// Codes of the errors of this package. Stable: they stand in docs and tests.
const (
	CodeNotFound    = "run_not_found"
	CodeNoRow       = "result_not_found"  // the run has no row there
	CodeBusy        = "run_busy"          // another living process owns the run, or a run in this portal
	CodeNotOpen     = "run_not_open"      // writing to a run that was not begun or reopened here, or was finished
	CodeBadRow      = "bad_row"           // a row or a run that cannot be stored
	CodeLocked      = "database_locked"   // somebody else held the database longer than the busy timeout
	CodeFull        = "database_full"     // no space left
	CodeCorrupt     = "database_corrupt"  // damaged, or no database at all
	CodeReadOnly    = "database_readonly" // file or folder may not be written
	CodeUnreachable = "database_unreachable"
	CodeNewer       = "database_newer"
	CodeForeign     = "database_foreign" // another program's database
	CodeClosed      = "database_closed"
	CodeFailed      = "database_failed" // anything else
)

// Error is what went wrong with the database: a stable code, a sentence, and what to do. errors.As also finds it as a
// *run.Error; errors.Is finds run.ErrNotFound, run.ErrBusy and run.ErrNewer where they apply.
type Error struct {
	Code    string
	Message string
	Hint    string
	Err     error // the cause
}

// Error is the message.
func (e *Error) Error() string { return e.Message }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// As lets errors.As find the error as a *run.Error.
func (e *Error) As(target any) bool {
	to, ok := target.(**run.Error)
	if ok {
		*to = &run.Error{Code: e.Code, Message: e.Message, Hint: e.Hint}
	}
	return ok
}

// explain turns an error of the driver or the file system into an Error. Errors that already say what they should
// (ours, a cancelled context) pass unchanged.
func (p place) explain(doing string, err error) error {
	var ours *Error
	switch {
	case err == nil, errors.As(err, &ours), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, fs.ErrPermission):
		return p.readOnly(doing, err)
	}
	var sqliteErr *sqlite.Error
	if !errors.As(err, &sqliteErr) {
		return &Error{Code: CodeFailed, Err: err,
			Message: fmt.Sprintf("%s failed in the database %s: %v", doing, p.file, err),
			Hint:    "try again; when it stays, move the file away; the portal's own files are not touched"}
	}
	return p.explainCode(doing, sqliteErr.Code(), err)
}

func (p place) explainCode(doing string, code int, err error) error {
	switch code & 0xff {
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
		return &Error{Code: CodeLocked, Err: errors.Join(run.ErrBusy, err),
			Message: fmt.Sprintf("%s failed: another program has kept the database %s locked for more than %s", doing, p.file, p.busy),
			Hint:    "wait until that program is done, or close it (an open sqlite3 shell counts), then try again"}
	case lib.SQLITE_FULL:
		return &Error{Code: CodeFull, Err: err,
			Message: fmt.Sprintf("%s failed: there is no space left for the database %s; nothing of this write was kept, everything before it was", doing, p.file),
			Hint:    "free disk space, or delete old runs with `emulator runs delete RUN`; then go on with `--resume RUN`"}
	case lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB:
		return &Error{Code: CodeCorrupt, Err: err,
			Message: fmt.Sprintf("%s failed: the file %s is damaged or is no SQLite database", doing, p.file),
			Hint:    "move or delete it together with its -wal and -shm files; a new one is made; past runs are lost, the portal's own files are not touched"}
	case lib.SQLITE_READONLY, lib.SQLITE_PERM:
		return p.readOnly(doing, err)
	case lib.SQLITE_CANTOPEN, lib.SQLITE_IOERR, lib.SQLITE_AUTH:
		return &Error{Code: CodeUnreachable, Err: err,
			Message: fmt.Sprintf("%s failed: the database %s cannot be opened, read or written: %v", doing, p.file, err),
			Hint:    "check that the folder exists, is on a local disk and may be written by you"}
	case lib.SQLITE_TOOBIG, lib.SQLITE_CONSTRAINT, lib.SQLITE_MISMATCH:
		return &Error{Code: CodeBadRow, Err: err,
			Message: fmt.Sprintf("%s failed: the database %s does not take a value: %v", doing, p.file, err),
			Hint:    "a single result may have at most 1 GB"}
	}
	return &Error{Code: CodeFailed, Err: err,
		Message: fmt.Sprintf("%s failed in the database %s: %v", doing, p.file, err),
		Hint:    "try again; when it stays, move the file away; the portal's own files are not touched"}
}

func (p place) readOnly(doing string, err error) error {
	return &Error{Code: CodeReadOnly, Err: err,
		Message: fmt.Sprintf("%s failed: %s may not be written: %v", doing, p.file, err),
		Hint:    "make the folder and the file writable for you, or copy the portal to a folder that is"}
}

// notFound says which run there is none of.
func notFound(id string) error {
	message := fmt.Sprintf("there is no run %q", id)
	if id == "last" {
		message = "there is no run yet"
	}
	return &Error{Code: CodeNotFound, Message: message, Hint: "`emulator runs list` shows the runs there are", Err: run.ErrNotFound}
}

// busy names the process that is in the way.
func busy(id int64, p process) error {
	where := ""
	if p.host != "" {
		where = " on " + p.host
	}
	return &Error{Code: CodeBusy, Err: run.ErrBusy,
		Message: fmt.Sprintf("the process with pid %d%s is executing run %s in this portal", p.pid, where, runID(id)),
		Hint:    "wait until it is done, or stop it; then start again"}
}

func notOpen(id string) error {
	return &Error{Code: CodeNotOpen,
		Message: fmt.Sprintf("run %s is not open for writing here: it was not begun or reopened, was finished, or another process took it over", id),
		Hint:    "go on with it by `--resume " + id + "`"}
}
