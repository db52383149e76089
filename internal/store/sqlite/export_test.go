package sqlite

import "context"

// Synchronous is SQLite's level of the writing connection: 1 is NORMAL, 2 is FULL.
func (s *Store) Synchronous(ctx context.Context) (level int, err error) {
	s.writeMu.Lock()
	defer s.writeMu.Unlock()
	err = s.conn.QueryRowContext(ctx, "pragma synchronous").Scan(&level)
	return level, err
}
