package sqlite

import (
	"context"
	"errors"
	"strconv"
)

const (
	// worthPages is from how many free pages on a delete gives space back: at 1 MB. Less is soon used again.
	worthPages = 64
	// shrinkPages is how many pages one step gives back, 16 MB: between steps other programs may write.
	shrinkPages = 1024
	// rebuildPages is how many pages with something on them a file may have to be rebuilt as a whole, 64 MB: that takes
	// about a second, in which nobody else can write.
	rebuildPages = 4096
)

// giveBack returns the space of deleted runs to the disk, when there is enough of it to be worth it. Not being able to is
// no error: the next run uses the space.
func (s *Store) giveBack(ctx context.Context) error {
	s.writeMu.Lock()
	defer s.writeMu.Unlock()
	if s.conn == nil {
		return nil
	}
	var mode, free, pages int64
	if err := s.conn.QueryRowContext(ctx, `select (select auto_vacuum from pragma_auto_vacuum),
		(select freelist_count from pragma_freelist_count), (select page_count from pragma_page_count)`).Scan(&mode, &free, &pages); err != nil {
		return s.place.explain("measuring the database", err)
	}
	var err error
	switch {
	case free < worthPages:
		return nil
	case mode == 2: // incremental
		err = s.shrink(ctx, free)
	case pages-free <= rebuildPages && free >= pages/2:
		err = s.rebuild(ctx)
	default: // a file that an older askflow made, with much in it
		return nil
	}
	var ours *Error
	if err = s.place.explain("giving space back", err); errors.As(err, &ours) {
		return nil // the disk is full or somebody reads or writes
	}
	return err // only a cancellation is left
}

// shrink gives free pages back, a portion at a time.
func (s *Store) shrink(ctx context.Context, free int64) error {
	for ; free > 0; free -= shrinkPages {
		if err := ctx.Err(); err != nil {
			return err
		}
		rows, err := s.conn.QueryContext(context.WithoutCancel(ctx), "pragma incremental_vacuum("+strconv.Itoa(shrinkPages)+")")
		if err != nil {
			return err
		}
		for rows.Next() { // each step frees a page
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return err
		}
	}
	return s.emptyLog(ctx)
}

// rebuild writes the whole file anew, so that from then on it can be shrunk in portions.
func (s *Store) rebuild(ctx context.Context) error {
	if _, err := s.conn.ExecContext(context.WithoutCancel(ctx), "pragma auto_vacuum=incremental; vacuum"); err != nil {
		return err
	}
	return s.emptyLog(ctx)
}

// emptyLog moves the log into the file, which is what makes it shorter. Where a reader is in the way, the last one to close
// the database does it.
func (s *Store) emptyLog(ctx context.Context) error {
	var blocked, pages, moved int64
	return s.conn.QueryRowContext(context.WithoutCancel(ctx), "pragma wal_checkpoint(passive)").Scan(&blocked, &pages, &moved)
}
