package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/term"

	"askflow/internal/report"
)

// progress is a bar on stderr, shown only on a terminal and only for what takes over a second.
type progress struct {
	w     io.Writer
	total int64
	done  atomic.Int64
	quit  chan struct{}
	ended chan struct{}
}

func (p *progress) start(total int64) {
	f, ok := p.w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return
	}
	p.total, p.quit, p.ended = total, make(chan struct{}), make(chan struct{})
	go p.draw(time.Now())
}

func (p *progress) draw(started time.Time) {
	defer close(p.ended)
	wait := time.Second
	shown := false
	for {
		select {
		case <-p.quit:
			if shown {
				_, _ = fmt.Fprint(p.w, "\r\x1b[K")
			}
			return
		case <-time.After(wait):
		}
		wait, shown = 150*time.Millisecond, true
		const width = 30
		done := p.done.Load()
		filled := 0
		if p.total > 0 {
			filled = int(min(done, p.total) * width / p.total)
		}
		rate := float64(done) / time.Since(started).Seconds()
		_, _ = fmt.Fprintf(p.w, "\r%s%s %s of %s, %s a second\x1b[K", strings.Repeat("█", filled), strings.Repeat("░", width-filled), report.Number(done), report.Number(p.total), report.Number(int64(rate)))
	}
}

func (p *progress) add(n int64) { p.done.Add(n) }

func (p *progress) stop() {
	if p.quit == nil {
		return
	}
	close(p.quit)
	<-p.ended
	p.quit = nil
}
