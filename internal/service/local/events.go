package local

import (
	"context"
	"slices"
	"sync"

	"askflow/internal/service"
)

// hub hands events to whoever subscribed. For each subscriber it keeps what was not received yet, and lets what says the same
// come together: of a run the last progress, of portal changes one event with all files. So nothing important is lost, and a
// slow receiver costs no more than one event a run.
type hub struct {
	mu     sync.Mutex
	closed bool
	done   chan struct{}
	subs   map[*subscriber]struct{}
	work   sync.WaitGroup
}

type subscriber struct {
	out   chan service.Event
	wake  chan struct{} // holds one token when there is something to send
	queue []service.Event
}

func newHub() *hub { return &hub{done: make(chan struct{}), subs: map[*subscriber]struct{}{}} }

// Subscribe gives events until the context ends or the portal is closed.
func (h *hub) Subscribe(ctx context.Context) <-chan service.Event {
	s := &subscriber{out: make(chan service.Event), wake: make(chan struct{}, 1)}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		close(s.out)
		return s.out
	}
	h.subs[s] = struct{}{}
	h.work.Add(1)
	go h.serve(ctx, s)
	return s.out
}

func (h *hub) serve(ctx context.Context, s *subscriber) {
	defer h.work.Done()
	defer close(s.out)
	defer recovered(nil) // whoever listens sees the end of the channel
	defer func() {
		h.mu.Lock()
		delete(h.subs, s)
		h.mu.Unlock()
	}()
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.done:
			return
		case <-s.wake:
		}
		for {
			e, ok := h.next(s)
			if !ok {
				break
			}
			select {
			case s.out <- e:
			case <-ctx.Done():
				return
			case <-h.done:
				return
			}
		}
	}
}

func (h *hub) next(s *subscriber) (service.Event, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(s.queue) == 0 {
		return service.Event{}, false
	}
	e := s.queue[0]
	s.queue = slices.Delete(s.queue, 0, 1)
	return e, true
}

// publish tells everybody, and waits for nobody.
func (h *hub) publish(e service.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.subs {
		s.add(e)
		select {
		case s.wake <- struct{}{}:
		default: // it is awake already
		}
	}
}

// mostFiles is how many changed files an event names; of more it names none.
const mostFiles = 100

// add joins an event with one that waits and says the same. Of portal and gone only the last counts, so they meet each other.
func (s *subscriber) add(e service.Event) {
	of := func(kinds ...service.EventKind) int {
		return slices.IndexFunc(s.queue, func(x service.Event) bool { return slices.Contains(kinds, x.Kind) })
	}
	var at int
	switch e.Kind {
	case service.EventRun:
		at = slices.IndexFunc(s.queue, func(x service.Event) bool { return x.Kind == e.Kind && x.Progress.Run == e.Progress.Run })
	case service.EventPortal, service.EventGone:
		if at = of(service.EventPortal, service.EventGone); at >= 0 && e.Kind == service.EventPortal {
			e.Files = join(s.queue[at].Files, e.Files)
		}
	default:
		at = of(e.Kind)
	}
	if at < 0 {
		s.queue = append(s.queue, e)
		return
	}
	s.queue[at] = e
}

func join(a, b []string) []string {
	out := slices.Compact(slices.Sorted(slices.Values(slices.Concat(a, b))))
	if len(out) > mostFiles {
		return nil
	}
	return out
}

// close ends every subscription and waits until their channels are closed.
func (h *hub) close() {
	h.mu.Lock()
	if !h.closed {
		h.closed = true
		close(h.done)
	}
	h.mu.Unlock()
	h.work.Wait()
}
