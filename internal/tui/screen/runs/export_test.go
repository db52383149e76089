package runs

import (
	"context"
	"time"

	"askflow/internal/tui/ui"
)

// Hurry makes a place tell how long it would wait, and not wait.
func Hurry(s ui.Screen, waited func(time.Duration)) {
	s.(*Screen).pause = func(ctx context.Context, wait time.Duration) error {
		waited(wait)
		return ctx.Err()
	}
}
