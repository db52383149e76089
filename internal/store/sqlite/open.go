package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	"database/sql/driver"
	_ "embed" // for the schema
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	sqlite "modernc.org/sqlite"

	"askflow/internal/run"
)

// FileName is the database's name in the state folder.
const FileName = "askflow.db"

// Version of the schema, kept in the file's user_version.
const Version = 1

// applicationID marks the file as ours: "askf".
const applicationID = 0x61736b66

const (
	// pageSize fits several results on a page: measured twice as fast as SQLite's own 4096 for results of 2 KB.
	pageSize = 16384
	// checkpointPages is when a commit moves the write-ahead log into the database: at 16 MB.
	checkpointPages = 1024
	// logLimit is the size in bytes above which the writer insists on emptying the log, even waiting for readers.
	logLimit = 64 << 20
	// writerCacheKB and readerCacheKB are the page cache of one connection; reading is mostly straight on.
	writerCacheKB = 8 << 10
	readerCacheKB = 1 << 10
	// readers is how many queries may run at the same time.
	readers = 4
)

//go:embed schema.sql
var schemaV1 string

// migrations lead from the version that is their index to the next one.
func migrations() []string { return []string{schemaV1} }

// Options of Open and OpenReader; the zero value is what most want.
type Options struct {
	// Durable makes every commit wait for the disk (synchronous=FULL). Runs whose answers are live or record always do.
	Durable bool
	// BusyTimeout is how long to wait for another program that holds the database; 5 s when 0.
	BusyTimeout time.Duration
	// MaxBytes limits the database file; 0 for no limit. A commit beyond it fails as on a full disk.
	MaxBytes int64
}

// place is where a database is and how it is opened.
type place struct {
	dir, file string
	busy      time.Duration
}

func newPlace(dir string, opts Options) (place, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return place{}, &Error{Code: CodeUnreachable, Err: err, Message: fmt.Sprintf("the state folder %s cannot be found: %v", dir, err),
			Hint: "go to a folder that exists, or name the portal by its full path"}
	}
	p := place{dir: abs, file: filepath.Join(abs, FileName), busy: opts.BusyTimeout}
	if p.busy <= 0 {
		p.busy = 5 * time.Second
	}
	return p, nil
}

// connector makes connections to the file. params are SQLite's own URI parameters.
func (p place) connector(params url.Values, pragmas ...string) (driver.Connector, error) {
	if params == nil {
		params = url.Values{}
	}
	params["_pragma"] = append(pragmas,
		"busy_timeout("+strconv.FormatInt(max(1, p.busy.Milliseconds()), 10)+")",
		"foreign_keys(1)",
		"trusted_schema(0)")
	params.Set("_error_rc", "1")
	path := filepath.ToSlash(p.file)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/…
	}
	return sqlite.NewConnector("file://" + (&url.URL{Path: path}).EscapedPath() + "?" + params.Encode())
}

// Open opens the database in the state folder dir for writing and makes both when they are missing. The errors: run.ErrNewer
// when a newer askflow wrote it; otherwise an *Error whose code says whether the file is damaged, locked, another program's,
// or may not be written.
func Open(ctx context.Context, dir string, opts Options) (*Store, error) {
	p, err := newPlace(dir, opts)
	if err != nil {
		return nil, err
	}
	const doing = "opening the database"
	if err := os.MkdirAll(p.dir, 0o700); err != nil {
		if errors.Is(err, fs.ErrPermission) {
			return nil, p.readOnly(doing, err)
		}
		return nil, &Error{Code: CodeUnreachable, Err: err, Message: fmt.Sprintf("the state folder %s cannot be made: %v", p.dir, err),
			Hint: "make the folder above it writable, or move away what is in its place"}
	}
	c, err := p.connector(nil, "journal_size_limit("+strconv.Itoa(checkpointPages*pageSize)+")", "synchronous(normal)",
		"wal_autocheckpoint("+strconv.Itoa(checkpointPages)+")")
	if err != nil {
		return nil, p.explain(doing, err)
	}
	s := &Store{Reader: newReader(p, nil), durable: opts.Durable, owner: rand.Text(), nextCheckpoint: logLimit}
	s.writer = sql.OpenDB(c)
	s.writer.SetMaxOpenConns(1)
	if err := s.start(ctx, opts); err != nil {
		return nil, errors.Join(p.explain(doing, err), s.Close())
	}
	return s, nil
}

func (s *Store) start(ctx context.Context, opts Options) (err error) {
	if s.conn, err = s.writer.Conn(ctx); err != nil {
		return err
	}
	_, statErr := os.Stat(s.place.file + "-wal")
	if err := s.prepareFile(ctx); err != nil {
		return err
	}
	// Only now: SQLite counts the cache in pages of the size at the time, and a new file just changed it.
	if _, err := s.conn.ExecContext(ctx, "pragma cache_size=-"+strconv.Itoa(writerCacheKB)); err != nil {
		return err
	}
	if errors.Is(statErr, fs.ErrNotExist) {
		// Prompts are nobody else's business, whatever the folder's own mode. Windows keeps its own rights.
		for _, suffix := range []string{"", "-wal", "-shm"} {
			_ = os.Chmod(s.place.file+suffix, 0o600) //nolint:errcheck // the folder is private already
		}
	}
	if err := s.sweepLeftovers(ctx); err != nil {
		return err
	}
	if opts.MaxBytes > 0 {
		_, err = s.conn.ExecContext(ctx, "pragma max_page_count="+strconv.FormatInt(max(1, opts.MaxBytes/pageSize), 10))
	}
	return err
}

// sweepLeftovers goes on with deletes that were cut off.
func (s *Store) sweepLeftovers(ctx context.Context) error {
	var left int64
	if err := s.conn.QueryRowContext(ctx, `select count(*) from runs where status = 'DELETED'`).Scan(&left); err != nil || left == 0 {
		return err
	}
	var ours *Error
	if err := s.sweep(ctx); err != nil && !errors.As(err, &ours) {
		return err
	}
	return nil // these runs are gone already, only their space has to wait when the disk is full or the file busy
}

// prepareFile brings a new or older file to this version, in one transaction.
func (s *Store) prepareFile(ctx context.Context) error {
	version, err := s.place.version(ctx, s.conn)
	if err != nil || version == Version {
		return err
	}
	if version == 0 {
		if err := s.becomeWAL(ctx); err != nil {
			return err
		}
	}
	if _, err := s.conn.ExecContext(ctx, "begin immediate"); err != nil {
		return err
	}
	if err := s.migrate(ctx); err != nil {
		_, undo := s.conn.ExecContext(context.WithoutCancel(ctx), "rollback")
		return errors.Join(err, undo)
	}
	return nil
}

// becomeWAL switches a new file to the write-ahead log, for good, and lets it give space back in portions. SQLite does not wait for others here, so we do: two
// programs may be making the same file.
func (s *Store) becomeWAL(ctx context.Context) error {
	if _, err := s.conn.ExecContext(ctx, "pragma page_size="+strconv.Itoa(pageSize)+"; pragma auto_vacuum=incremental"); err != nil {
		return err
	}
	for deadline := time.Now().Add(s.place.busy); ; {
		_, err := s.conn.ExecContext(ctx, "pragma journal_mode=wal")
		if err == nil || time.Now().After(deadline) {
			return err
		}
		var ours *Error
		if !errors.As(s.place.explain("", err), &ours) || ours.Code != CodeLocked {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (s *Store) migrate(ctx context.Context) error {
	version, err := s.place.version(ctx, s.conn) // again: somebody may have been faster
	if err != nil {
		return err
	}
	for _, sql := range migrations()[version:] {
		if _, err := s.conn.ExecContext(ctx, sql); err != nil {
			return err
		}
	}
	for _, sql := range []string{
		"pragma application_id=" + strconv.Itoa(applicationID),
		"pragma user_version=" + strconv.Itoa(Version),
		"commit",
	} {
		if _, err := s.conn.ExecContext(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}

// querier is what reading needs: a pool or a connection.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// version returns the schema's version, 0 for a file that is empty, and refuses what is not ours or newer than us.
func (p place) version(ctx context.Context, q querier) (int, error) {
	var id, version, tables int64
	err := q.QueryRowContext(ctx, `select (select application_id from pragma_application_id),
		(select user_version from pragma_user_version), (select count(*) from sqlite_schema)`).Scan(&id, &version, &tables)
	switch {
	case err != nil:
		return 0, err
	case id != applicationID && (tables > 0 || id != 0):
		return 0, &Error{Code: CodeForeign, Message: fmt.Sprintf("the file %s is another program's database", p.file),
			Hint: "move it away; askflow makes its own"}
	case version > Version:
		return 0, &Error{Code: CodeNewer, Err: run.ErrNewer,
			Message: fmt.Sprintf("the database %s has version %d, this askflow knows versions up to %d: a newer askflow wrote it", p.file, version, Version),
			Hint:    "update askflow, or move the file away to start without its runs"}
	case version < 0, version > 0 && tables == 0:
		return 0, &Error{Code: CodeCorrupt, Message: fmt.Sprintf("the file %s is damaged: it has version %d and %d tables", p.file, version, tables),
			Hint: "move or delete it together with its -wal and -shm files; a new one is made"}
	}
	return int(version), nil
}
