package openaisim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"askflow/internal/assistant"
	"askflow/internal/clock"
)

// Server is a Simulator that answers on a port of this machine.
type Server struct {
	// URL is the address to use as base_url, with /v1 at its end.
	URL  string
	http *http.Server
	done chan error
}

// Serve answers on addr, such as 127.0.0.1:0 for a port of the system's choice. Only this machine is served: an address
// that others could reach is refused.
func Serve(addr string, s *Simulator) (*Server, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("%q is no address to listen at; write it like 127.0.0.1:8080", clip(addr, 100))
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("the simulated API listens on this machine only, not at %q; use 127.0.0.1", clip(host, 100))
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("the simulated API cannot listen at %s: %w", addr, err)
	}
	server := &Server{URL: "http://" + listener.Addr().String() + "/v1", done: make(chan error, 1),
		http: &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}}
	go func() { server.done <- server.http.Serve(listener) }()
	return server, nil
}

// Close drops all connections and waits until nothing is accepted any more.
func (s *Server) Close() error {
	err := s.http.Close()
	if served := <-s.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// ServeHTTP answers a request that came over the network: as RoundTrip does, faults included. Who is asking is read from
// the Askflow-* headers. A client that also says what time it is there is answered at once and told how much of its time
// has passed; for every other one latency takes as long as it takes.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, timeline, started := s.time(r)
	resp, err := s.RoundTrip(r.WithContext(ctx))
	if !started.IsZero() {
		w.Header().Set(headerSpent, strconv.FormatInt(timeline.Now().Sub(started).Nanoseconds(), 10))
	}
	if err != nil {
		s.serveError(w, r, err)
		return
	}
	for name, values := range resp.Header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.FormatInt(resp.ContentLength, 10))
	w.WriteHeader(resp.StatusCode)
	// A body that breaks off leaves fewer bytes than were announced, for which the server drops the connection: the very
	// fault. A client that has left needs nothing.
	_, _ = io.Copy(w, resp.Body)
	_ = resp.Body.Close()
}

// time finds the timeline of a request: the client's own, if it has one that does not wait.
func (s *Simulator) time(r *http.Request) (ctx context.Context, timeline *clock.Timeline, started time.Time) {
	ctx = r.Context()
	now, err := time.Parse(time.RFC3339Nano, r.Header.Get(headerNow))
	if err != nil {
		timeline = clock.NewTimeline(time.Now(), clock.Real)
		return clock.With(ctx, timeline), timeline, time.Time{}
	}
	timeline = clock.NewTimeline(now, clock.Skip)
	ctx = clock.With(ctx, timeline)
	if ms, err := strconv.ParseInt(r.Header.Get(headerTimeout), 10, 64); err == nil && ms > 0 && ms <= longestSpan.Milliseconds() {
		ctx = clock.WithTimeout(ctx, time.Duration(ms)*time.Millisecond)
	}
	return ctx, timeline, timeline.Now()
}

// serveError answers what has no answer in this process either.
func (s *Simulator) serveError(w http.ResponseWriter, r *http.Request, err error) {
	var known *assistant.Error
	p := &problem{status: http.StatusBadRequest, message: "The request could not be read: " + err.Error()}
	switch {
	case errors.As(err, &known):
		p.code, p.message = known.Code, known.Message
		p.headers = map[string]string{"X-Should-Retry": "false"}
	case errors.Is(err, clock.ErrTimeout):
		p.status, p.message = http.StatusGatewayTimeout, "The answer did not come in time."
	case errors.Is(err, errReset), r.Context().Err() != nil:
		drop(w)
		return
	}
	resp := s.refuse(p, identity(s.seed, callerOf(r), 0, 7, r.URL.Path), 0)
	for name, values := range resp.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(resp.StatusCode)
	_, _ = io.Copy(w, resp.Body) // a client that has left needs nothing
	_ = resp.Body.Close()
}

// drop breaks the connection so that the client sees a reset.
func drop(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		// Not a connection of its own (HTTP/2, a test's recorder): the best there is.
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // without it the connection is closed politely
	}
	_ = conn.Close()
}

var _ http.Handler = (*Simulator)(nil)
