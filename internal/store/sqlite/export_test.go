package sqlite

import (
	"context"

	"askflow/internal/run"
)

// Synchronous is SQLite's level of the writing connection: 1 is NORMAL, 2 is FULL.
func (s *Store) Synchronous(ctx context.Context) (level int, err error) {
	s.writeMu.Lock()
	defer s.writeMu.Unlock()
	err = s.conn.QueryRowContext(ctx, "pragma synchronous").Scan(&level)
	return level, err
}

// BriefOf is what Briefs finds in steps that come in pieces, and whether they hold the text.
func BriefOf(pieces [][]byte, text string) (brief run.Brief, found bool) {
	b := briefReader{find: newFinder(text)}
	b.scan.find = b.find
	b.scan.scan(&scanner{more: func() []byte {
		if len(pieces) == 0 {
			return nil
		}
		piece := pieces[0]
		pieces = pieces[1:]
		return piece
	}})
	b.fill(&brief)
	return brief, b.scan.textMatches
}
