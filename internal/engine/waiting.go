package engine

import (
	"container/heap"
	"context"
	"errors"
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
		readErr <- guarded(func() error {
			return l.read(ctx, 1, func(b *batch) bool {
				select {
				case fresh <- b:
					return true
				case <-ctx.Done():
					return false
				}
			})
		})
	}()
	err := guarded(func() error { return l.schedule(ctx, work, fresh, finished) })
	if err != nil {
		l.cancel(err) // the reader must not wait for anybody
	}
	close(work)
	go func() {
		workers.Wait()
		close(finished)
	}()
	for range finished { // nobody is left unless schedule itself broke
	}
	// The reader ends with its input or with the context; the source must not be closed under it.
	if ended := <-readErr; err == nil {
		err = ended
	}
	return err
}

// schedule hands out fresh and woken enrollments until nothing is left or the context ends.
func (l *pipeline) schedule(ctx context.Context, work chan<- *batch, fresh <-chan *batch, finished <-chan *batch) error {
	q := &queue{fresh: fresh}
	timer := time.NewTimer(0)
	defer timer.Stop()
	cancelled := ctx.Done()
	for !q.empty() && (cancelled != nil || q.running > 0) {
		q.wake(time.Now())
		timer.Reset(q.nextWake(len(l.group) > 0))
		out, first, in := work, (*batch)(nil), q.fresh
		if len(q.ready) > 0 {
			first, in = q.ready[0], nil // the woken go before the new
		}
		if first == nil || cancelled == nil {
			out = nil
		}
		if cancelled == nil || q.running >= l.opt.Concurrency {
			in = nil
		}
		var err error
		select {
		case <-cancelled:
			cancelled = nil // what runs comes to its end, nothing else begins
		case out <- first:
			q.ready = q.ready[1:]
			q.running++
		case b, ok := <-in:
			l.arrived(q, b, ok)
		case b := <-finished:
			q.running--
			err = l.finish(ctx, b, q)
		case <-timer.C:
			err = l.flush(context.WithoutCancel(ctx))
		}
		if err != nil {
			return l.drain(ctx, q, finished, err)
		}
	}
	return l.recall(ctx, q)
}

// drain waits for what is on its way when the run has failed. Requests that cost money come to their end, and their
// answers are kept.
func (l *pipeline) drain(ctx context.Context, q *queue, finished <-chan *batch, failure error) error {
	defer func() { l.cancel(failure) }()
	if !l.p.cfg.Durable {
		l.cancel(failure)
		for ; q.running > 0; q.running-- {
			<-finished
		}
		return failure
	}
	for ; q.running > 0; q.running-- {
		b := <-finished
		// Whoever met the same obstacle has nothing new to say.
		if err := l.finish(ctx, b, q); err != nil && (b.stop == nil || !errors.Is(err, b.stop)) {
			failure = errors.Join(failure, err)
		}
	}
	if err := l.recall(ctx, q); err != nil {
		failure = errors.Join(failure, err)
	}
	return failure
}

// recall takes the announcements of questions back that nobody will send any more.
func (l *pipeline) recall(ctx context.Context, q *queue) error {
	left := q.ready
	for _, s := range q.parked {
		left = append(left, s.batch)
	}
	for _, b := range left {
		w := b.walkers[0]
		if !w.announced || w.again {
			continue
		}
		w.refused(nil)
		out := walked{replaces: w.replaces}
		out.row, out.count = w.row()
		if err := l.take(ctx, &batch{walked: []walked{out}}); err != nil {
			return err
		}
	}
	return nil
}

// queue is what schedule has to hand out.
type queue struct {
	fresh   <-chan *batch // nil when the input has ended
	ready   []*batch
	parked  sleepers
	running int
}

func (q *queue) empty() bool {
	return q.fresh == nil && q.running == 0 && len(q.ready) == 0 && len(q.parked) == 0
}

// wake makes ready whose delay is over.
func (q *queue) wake(now time.Time) {
	for len(q.parked) > 0 && !q.parked[0].at.After(now) {
		q.ready = append(q.ready, heap.Pop(&q.parked).(sleeper).batch)
	}
}

// nextWake is how long there is nothing to do by itself: until a delay is over, or rows have waited for the disk long enough.
func (q *queue) nextWake(rows bool) time.Duration {
	next := time.Hour
	if rows {
		next = groupTime
	}
	if len(q.parked) > 0 {
		next = min(next, time.Until(q.parked[0].at))
	}
	return next
}

// arrived takes an enrollment from the input; one of an earlier try goes on waiting.
func (l *pipeline) arrived(q *queue, b *batch, ok bool) {
	switch {
	case !ok:
		q.fresh = nil
	case b.walkers[0].wait != nil:
		l.park(b.walkers[0], q)
	default:
		q.ready = append(q.ready, b)
	}
}

// finish takes a batch's rows; an enrollment that reached a delay is parked until the delay is over.
func (l *pipeline) finish(ctx context.Context, b *batch, q *queue) error {
	if err := l.take(ctx, b); err != nil {
		return err
	}
	if b.stop != nil {
		return b.stop
	}
	if b.untouched {
		q.ready = append(q.ready, b)
		b.untouched, b.done = false, make(chan struct{})
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
	l.park(w, q)
	return nil
}

// park puts an enrollment to sleep until its delay is over.
func (l *pipeline) park(w *walker, q *queue) {
	wall := l.p.cfg.Clock.Wall(w.wait.Sub(w.scope.Now()))
	heap.Push(&q.parked, sleeper{time.Now().Add(wall), w.seq, &batch{walkers: []*walker{w}, done: make(chan struct{})}})
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
