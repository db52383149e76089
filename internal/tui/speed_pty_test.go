package tui_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/xpty"

	"askflow/internal/run"
	"askflow/internal/store/sqlite"
)

// meter is the built program in a pseudo-terminal that knows synchronized updates, so that every frame has an end that can be
// counted.
type meter struct {
	tb   testing.TB
	pty  xpty.Pty
	cmd  *exec.Cmd
	gone chan struct{}

	mu     sync.Mutex
	out    []byte      // everything since the last forget
	ends   []time.Time // of frames
	waiter chan struct{}
}

const (
	framesPerSecond = 120 // of the program
	frameEnd        = "\x1b[?2026l"
	syncQuery       = "\x1b[?2026$p"
	syncReply       = "\x1b[?2026;2$y"
	// escape is how terminals send the key esc that can tell it from the beginning of a sequence; others make every program wait.
	escape = "\x1b[27u"
)

// buildProgram builds cmd/tui as it is released.
func buildProgram(tb testing.TB) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "tui")
	build := exec.CommandContext(tb.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, "askflow/cmd/tui")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		tb.Fatalf("%v\n%s", err, out)
	}
	return path
}

// openMeter starts the program over a portal.
func openMeter(tb testing.TB, program, dir string) *meter {
	tb.Helper()
	p, err := xpty.NewPty(120, 40)
	must(tb, err)
	t := &meter{tb: tb, pty: p, gone: make(chan struct{}), waiter: make(chan struct{}, 1)}
	t.cmd = exec.CommandContext(tb.Context(), program, "--portal", dir, "--theme", "dark")
	home := tb.TempDir()
	t.cmd.Env = []string{"TERM=xterm-256color", "HOME=" + home, "XDG_CONFIG_HOME=" + home, "XDG_STATE_HOME=" + home, "XDG_CACHE_HOME=" + home, "ASKFLOW_KEYRING=off", "TZ=UTC"}
	go t.read()
	must(tb, p.Start(t.cmd))
	return t
}

// read takes what the program writes, and answers its question whether the terminal knows synchronized updates.
func (t *meter) read() {
	defer close(t.gone)
	buf := make([]byte, 1<<16)
	tail := []byte{}
	for {
		n, err := t.pty.Read(buf)
		now := time.Now()
		if n > 0 {
			seen := append(tail, buf[:n]...)
			if bytes.Contains(seen, []byte(syncQuery)) {
				_, _ = t.pty.Write([]byte(syncReply)) // a program that is gone asks no more
			}
			ends := bytes.Count(seen, []byte(frameEnd))
			tail = unfinished(seen)
			t.mu.Lock()
			t.out = append(t.out, buf[:n]...)
			for range ends {
				t.ends = append(t.ends, now)
			}
			t.mu.Unlock()
			select {
			case t.waiter <- struct{}{}:
			default:
			}
		}
		if err != nil {
			return
		}
	}
}

// unfinished is the end of an output that may be the beginning of a sequence that matters.
func unfinished(seen []byte) []byte {
	at := bytes.LastIndexByte(seen, 0x1b)
	if at < 0 || len(seen)-at >= len(syncQuery) || bytes.HasSuffix(seen, []byte(frameEnd)) {
		return nil
	}
	return bytes.Clone(seen[at:])
}

// forget forgets what was written so far.
func (t *meter) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.out, t.ends = nil, nil
}

// frames are when frames ended since the last forget.
func (t *meter) frames() []time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]time.Time(nil), t.ends...)
}

// until waits for something about the output.
func (t *meter) until(what string, is func(out []byte, ends int) bool) {
	t.tb.Helper()
	ctx, cancel := context.WithTimeout(t.tb.Context(), 20*time.Second)
	defer cancel()
	for {
		t.mu.Lock()
		done := is(t.out, len(t.ends))
		t.mu.Unlock()
		if done {
			return
		}
		select {
		case <-t.waiter:
		case <-t.gone:
			t.tb.Fatalf("the program ended before %s:\n%q", what, t.end())
		case <-ctx.Done():
			t.tb.Fatalf("it never came about that %s:\n%q", what, t.end())
		}
	}
}

// end is the last of what was written, for messages.
func (t *meter) end() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return bytes.Clone(t.out[max(0, len(t.out)-600):])
}

// see waits until a text was written. Texts that were on the screen already are not written again.
func (t *meter) see(text string) {
	t.tb.Helper()
	t.until("the screen shows "+text, func(out []byte, _ int) bool { return bytes.Contains(out, []byte(text)) })
}

// press presses keys and does not wait.
func (t *meter) press(keys string) {
	t.tb.Helper()
	_, err := t.pty.Write([]byte(keys))
	must(t.tb, err)
}

// calm waits until nothing was written for a while, so that the next frame is the answer to what comes next.
func (t *meter) calm() {
	for seen := -1; ; {
		t.mu.Lock()
		now := len(t.out)
		t.mu.Unlock()
		if now == seen {
			return
		}
		seen = now
		<-time.After(3 * time.Second / framesPerSecond)
	}
}

// answer is how long a key takes until a frame is on the terminal. Before an exact one nothing else is drawn any more.
func (t *meter) answer(key string, exact bool) time.Duration {
	t.tb.Helper()
	if exact {
		t.calm()
	}
	t.forget()
	began := time.Now()
	t.press(key)
	t.until("a frame follows the key "+strconv.Quote(key), func(_ []byte, ends int) bool { return ends > 0 })
	return t.frames()[0].Sub(began)
}

// memory is how much memory the program holds at its most, in millions of bytes; 0 where the system does not say.
func (t *meter) memory() float64 {
	return statusMB("/proc/"+strconv.Itoa(t.cmd.Process.Pid)+"/status", "VmHWM:")
}

// quit ends the program.
func (t *meter) quit() {
	t.tb.Helper()
	t.press("q")
	if err := t.cmd.Wait(); err != nil {
		t.tb.Errorf("the program ended with %v:\n%q", err, t.end())
	}
	_ = t.pty.Close() // there is nothing left to read
	<-t.gone
}

func skipWithoutPty(tb testing.TB) {
	tb.Helper()
	if runtime.GOOS == "windows" {
		tb.Skip("what a Windows console passes on cannot be counted frame by frame")
	}
}

// BenchmarkFirstPaint starts the built program over stores that differ by ten: until the first frame is written, and until the list of
// workflows with their last runs is there.
func BenchmarkFirstPaint(b *testing.B) {
	skipWithoutPty(b)
	program := buildProgram(b)
	for _, steps := range []int{100_000, 1_000_000} {
		b.Run("steps="+strconv.Itoa(steps), func(b *testing.B) {
			dir, _ := bigPortal(b, steps)
			var first, full []time.Duration
			for b.Loop() {
				began := time.Now()
				t := openMeter(b, program, dir)
				t.see("Workflows")
				first = append(first, time.Since(began))
				t.see("State formatting")
				full = append(full, time.Since(began))
				t.quit()
			}
			b.ReportMetric(rank(first, 0.5), "first-p50-ms")
			b.ReportMetric(rank(first, 1), "first-max-ms")
			b.ReportMetric(rank(full, 0.5), "list-p50-ms")
		})
	}
}

// BenchmarkTerminal goes through the built program in a pseudo-terminal over stores that differ by ten: how long a key takes until its
// frame is written, and what memory the program came to.
func BenchmarkTerminal(b *testing.B) {
	skipWithoutPty(b)
	program := buildProgram(b)
	for _, steps := range []int{100_000, 1_000_000} {
		b.Run("steps="+strconv.Itoa(steps), func(b *testing.B) {
			dir, _ := bigPortal(b, steps)
			t := openMeter(b, program, dir)
			t.see("State formatting")
			var took []time.Duration
			var store float64
			slow := map[string]time.Duration{}
			for b.Loop() {
				for _, leg := range []struct {
					keys string
					see  string
				}{{"4", "r1000"}, {"jkjkjkjk", ""}, {"\r", "Ada0 Byron"}, {"jkjkjkjk\x06\x02\x06\x02\x06\x02", ""}, {"\r", "Ask OpenAI"}, {"jkjk", ""}, {escape, ""}, {escape, ""}, {"5", ""}, {"jkjkjk", ""}, {"3", ""}, {"jkjkjk", ""}, {"1", ""}} {
					keys := strings.Split(leg.keys, "")
					if leg.keys == escape {
						keys = []string{escape}
					}
					for _, key := range keys {
						took = append(took, t.answer(key, true))
						if at := fmt.Sprintf("%q of %q", key, leg.keys); took[len(took)-1] > slow[at] {
							slow[at] = took[len(took)-1]
						}
					}
					if leg.see != "" {
						t.see(leg.see)
					}
					if leg.keys == "5" && store == 0 {
						store = t.memory()
					}
				}
			}
			b.ReportMetric(rank(took, 0.5), "answer-p50-ms")
			b.ReportMetric(rank(took, 0.99), "answer-p99-ms")
			b.ReportMetric(rank(took, 1), "answer-max-ms")
			b.Logf("keys, slowest:%s", worst(slow, 8))
			b.ReportMetric(store, "before-records-MB") // names of all contacts are held once a record was looked at
			b.ReportMetric(t.memory(), "peak-MB")
			t.quit()
		})
	}
}

// BenchmarkRepaint starts a run over 100,000 records in the built program and watches its screen: frames written a second while no key
// is pressed, how long keys take to be answered while it goes on, and how many enrollments a second are written meanwhile.
func BenchmarkRepaint(b *testing.B) {
	skipWithoutPty(b)
	const records = 100_000
	program := buildProgram(b)
	dir := contactsPortal(b, records)
	for b.Loop() {
		s := watchRun(b, program, dir)
		b.ReportMetric(s.frames, "frames/s")
		b.ReportMetric(s.rate, "enrollments/s")
		b.ReportMetric(rank(s.keys, 0.5), "key-p50-ms")
		b.ReportMetric(rank(s.keys, 0.99), "key-p99-ms")
		b.ReportMetric(s.memory, "peak-MB")
	}
}

// watched is what was seen of a run.
type watched struct {
	frames, rate, memory float64
	keys                 []time.Duration
}

func watchRun(b *testing.B, program, dir string) watched {
	t := openMeter(b, program, dir)
	t.see("State formatting")
	t.answer("G", true) // the workflow Speed is where the list of files has it
	t.answer("g", true)
	for range 3 {
		t.answer("j", true)
	}
	t.forget()
	t.press("r")
	t.see("records") // the run's line
	var out watched
	t.forget()
	quiet := time.Now()
	const long = 3 * time.Second
	t.until("the run has gone on for three seconds", func([]byte, int) bool { return time.Since(quiet) > long })
	out.frames = float64(len(t.frames())) / time.Since(quiet).Seconds()
	for i := range 100 {
		out.keys = append(out.keys, t.answer([]string{"1", "4", "1", "3"}[i%4], false))
	}
	for ended := false; !ended; { // the stored run says so; the screen shows parts of it only
		<-time.After(100 * time.Millisecond)
		reader, err := sqlite.OpenReader(b.Context(), filepath.Join(dir, ".askflow"), sqlite.Options{})
		must(b, err)
		last, err := reader.Run(b.Context(), "last")
		must(b, err)
		must(b, reader.Close())
		if ended = last.Status != run.RunRunning; ended {
			out.rate = float64(last.Totals.Considered) / last.Ended.Sub(last.Created).Seconds()
		}
	}
	out.memory = t.memory()
	t.quit()
	return out
}
