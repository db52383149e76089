package local

import (
	"context"

	"askflow/internal/service"
)

// AtOnce is how many enrollments a run would walk at once.
func (l *Local) AtOnce(ctx context.Context, r service.RunRequest) (int, error) {
	s, err := l.portal(ctx)
	if err != nil {
		return 0, err
	}
	return l.runs.atOnce(ctx, s, r), nil
}
