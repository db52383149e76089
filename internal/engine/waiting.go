package engine

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// waiting runs enrollments on a clock that really passes. One enrollment is one piece of work; whoever reaches a delay is
// committed as ACTIVE, gives its worker back and is taken up again when the delay is over. Rows are committed as they
// come, since nobody can wait for the slowest first.
func (l *pipeline) waiting(ctx context.Context) error {
	work := make(chan *batch)
	finished := make(chan *batch)
	var workers sync.WaitGroup
	for range l.opt.Concurrency {
		workers.Go(func() {
			for b := range work {
				l.work(ctx, b)
				finished <- b
			}
		})
	}
	fresh := make(chan *batch)
	readErr := make(chan error, 1)
	go func() {
		defer close(fresh)
		readErr <- l.read(ctx, 1, func(b *batch) bool {
			select {
			case fresh <- b:
				return true
			case <-ctx.Done():
				return false
			}
		})
	}()
	err := l.schedule(ctx, work, fresh, finished)
	if err != nil {
		l.cancel(err) // the reader must not wait for anybody
	}
	close(work)
	workers.Wait()
	// The reader ends with its input or with the context; the source must not be closed under it.
	if ended := <-readErr; err == nil {
		err = ended
	}
	return err
}

// schedule hands out fresh and woken enrollments until nothing is left or the context ends.
func (l *pipeline) schedule(ctx context.Context, work chan<- *batch, fresh <-chan *batch, finished <-chan *batch) error {
	var parked sleepers
	var ready []*batch
	running := 0
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		now := time.Now()
		for len(parked) > 0 && !parked[0].at.After(now) {
			ready = append(ready, heap.Pop(&parked).(sleeper).batch)
		}
		if fresh == nil && running == 0 && len(ready) == 0 && len(parked) == 0 {
			return nil
		}
		if ctx.Err() != nil && running == 0 {
			return nil
		}
		next := groupTime
		if len(parked) > 0 {
			next = min(next, parked[0].at.Sub(now))
		}
		timer.Reset(next)
		out, first, in := work, (*batch)(nil), fresh
		if len(ready) > 0 {
			first, in = ready[0], nil // the woken go before the new
		}
		if first == nil || ctx.Err() != nil {
			out = nil
		}
		if ctx.Err() != nil || running >= l.opt.Concurrency {
			in = nil
		}
		select {
		case out <- first:
			ready = ready[1:]
			running++
		case b, ok := <-in:
			switch {
			case !ok:
				fresh = nil
			case b.walkers[0].wait != nil: // an enrollment of an earlier try goes on waiting
				l.park(b.walkers[0], &parked)
			default:
				ready = append(ready, b)
			}
		case b := <-finished:
			running--
			if err := l.finish(ctx, b, &parked); err != nil {
				l.cancel(err)
				for ; running > 0; running-- {
					<-finished
				}
				return err
			}
		case <-timer.C:
			if err := l.flush(context.WithoutCancel(ctx)); err != nil {
				l.cancel(err)
				for ; running > 0; running-- {
					<-finished
				}
				return err
			}
		}
	}
}

// finish takes a batch's rows; an enrollment that reached a delay is parked until the delay is over.
func (l *pipeline) finish(ctx context.Context, b *batch, parked *sleepers) error {
	if err := l.take(ctx, b); err != nil {
		return err
	}
	if b.stop != nil {
		return b.stop
	}
	if len(b.walked) == 0 || b.walked[0].parked == nil {
		return nil
	}
	// On disk before the wait begins: a wait may be long, and the machine may not live as long.
	if err := l.flush(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	w := b.walked[0].parked
	w.replaces = &b.walked[0].count
	l.park(w, parked)
	return nil
}

// park puts an enrollment to sleep until its delay is over.
func (l *pipeline) park(w *walker, parked *sleepers) {
	wall := l.p.cfg.Clock.Wall(w.wait.Sub(w.scope.Now()))
	heap.Push(parked, sleeper{time.Now().Add(wall), w.seq, &batch{walkers: []*walker{w}, done: make(chan struct{})}})
	w.woken = true
}

type sleeper struct {
	at    time.Time
	seq   int64
	batch *batch
}

// sleepers is a heap: who wakes first is on top, the earlier record first among equals.
type sleepers []sleeper

func (s sleepers) Len() int { return len(s) }
func (s sleepers) Less(i, j int) bool {
	return s[i].at.Before(s[j].at) || s[i].at.Equal(s[j].at) && s[i].seq < s[j].seq
}
func (s sleepers) Swap(i, j int) { s[i], s[j] = s[j], s[i] }
func (s *sleepers) Push(x any)   { *s = append(*s, x.(sleeper)) }
func (s *sleepers) Pop() any {
	old := *s
	last := old[len(old)-1]
	*s = old[:len(old)-1]
	return last
}
