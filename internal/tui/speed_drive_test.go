package tui_test

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/service"
	"askflow/internal/service/local"
	"askflow/internal/tui"
	"askflow/internal/tui/app"
	"askflow/internal/tui/tuitest"
)

// clocked is the frame with a clock on it: how long a key takes until the frame is drawn, and how long any other message takes, which
// a key may have to wait for. What runs beside Update, as loads do, is not in it.
type clocked struct {
	*app.App
	drawing func(bool) // tells that Update or View is at work
	keys    []time.Duration
	cpu     []time.Duration // of keys, as far as the system tells it
	others  []time.Duration
	slowest map[string]time.Duration
	station string
}

func (m *clocked) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	m.drawing(true)
	began, busy := time.Now(), threadTime()
	_, cmd := m.App.Update(msg)
	_ = m.App.View()
	took := time.Since(began)
	busy = threadTime() - busy
	m.drawing(false)
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		m.keys, m.cpu = append(m.keys, took), append(m.cpu, busy)
		if at := m.station + " " + msg.String(); took > m.slowest[at] {
			m.slowest[at] = took
		}
	default:
		m.others = append(m.others, took)
		if at := fmt.Sprintf("%s, a message %T", m.station, msg); took > m.slowest[at] {
			m.slowest[at] = took
		}
	}
	return m, cmd
}

// screen is the whole screen over the services of a portal in this process.
type screen struct {
	*tuitest.Driver
	model *clocked
	idle  []time.Duration // from a key until everything it asked for is on the screen
	slow  map[string]time.Duration
}

// newScreen opens the screen over services.
func newScreen(t tuitest.T, services *service.Services, drawing func(bool)) *screen {
	keys, err := tui.Keymap()
	if err != nil {
		t.Fatalf("%v", err)
	}
	s := &screen{slow: map[string]time.Duration{}}
	s.Driver = tuitest.New(t, 120, 40, func(system app.System) tea.Model {
		s.model = &clocked{drawing: drawing, slowest: map[string]time.Duration{},
			App: app.New(app.Options{Services: services, Screens: tui.Screens(), Keys: keys, Theme: "dark", System: system})}
		return s.model
	})
	return s
}

// press presses keys one after the other and notes how long each takes until nothing is left to do.
func (s *screen) press(keys ...string) {
	for _, k := range keys {
		began := time.Now()
		s.Press(k)
		took := time.Since(began)
		s.idle = append(s.idle, took)
		if at := s.model.station + " " + k; took > s.slow[at] {
			s.slow[at] = took
		}
	}
}

func times(n int, key string) []string { return slices.Repeat([]string{key}, n) }

func letters(s string) []string { return strings.Split(s, "") }

// station is a part of the journey: keys, and what is on the screen at its end.
type station struct {
	name string
	keys []string
	see  string
}

// journey goes to every place and does there what people do.
func journey() []station {
	keys := slices.Concat[[]string]
	return []station{
		{"places", keys(times(12, "tab"), letters("234561")), "[1 Workflows]"},
		{"workflow", keys(times(6, "down"), []string{"enter"}, times(12, "down"), []string{"right", "left", "enter", "esc", "esc"}), "[1 Workflows]"},
		{"run list", keys(letters("4gjjjkk"), times(12, "G"), times(12, "pgup"), times(12, "g")), "r1000"},
		{"run list filter", keys(letters("/workflow:speed"), []string{"enter"}, times(5, "G"), letters("f/"), []string{"esc", "g"}), "r1000"},
		{"open a run", keys([]string{"enter"}, times(5, "down"), times(40, "pgdown")), "r1000 Speed"},
		{"enrollments to the end", keys(times(60, "G"), times(60, "pgup"), times(60, "g")), "r1000 Speed"},
		{"charts", keys([]string{"l", "]", "down", "]", "]", "[", "h", "+", "_", "z", "z"}), "r1000 Speed"},
		{"only failed", keys(letters("!"), times(5, "G"), letters("g!")), "r1000 Speed"},
		{"enrollment filter", keys(letters("/ada99"), []string{"enter"}, times(5, "G"), letters("g/"), []string{"esc"}), "r1000 Speed"},
		{"enrollment", keys([]string{"enter", "down", "]", "]", "]", "[", "up"}, times(10, "n"), times(5, "N"), []string{".", "esc", "esc"}), "r1000"},
		{"compare", keys(letters("ggd"), []string{"enter", "down", "pgdown", "enter", "esc", "esc", "esc"}), "[4 Runs]"},
		{"inbox", keys(letters("5"), times(30, "G"), times(30, "pgup"), times(30, "g"), letters("!!!!/call"), []string{"enter", "down", "/", "esc"}), "[5 Inbox]"},
		{"records", keys(letters("3"), times(30, "G"), times(30, "pgup"), times(30, "g"), []string{"down", "enter", "]", "]", "esc"}), "[3 Records]"},
		{"records filter", keys(letters("/ada77"), []string{"enter", "down", "/", "esc"}), "[3 Records]"},
		{"help and palette", keys([]string{"?", "esc", "ctrl+p"}, letters("runs"), []string{"esc", "1"}), "[1 Workflows]"},
	}
}

// travel makes the journey once.
func (s *screen) travel() {
	for _, st := range journey() {
		s.model.station = st.name
		s.press(st.keys...)
		s.See(st.see)
	}
}

// rank is the value below which a part of the durations lies, in milliseconds.
func rank(d []time.Duration, part float64) float64 {
	if len(d) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(d))
	return float64(sorted[min(len(sorted)-1, int(part*float64(len(sorted))))].Microseconds()) / 1000
}

// worst names the slowest keys, for the log.
func worst(of map[string]time.Duration, n int) string {
	names := make([]string, 0, len(of))
	for k := range of {
		names = append(names, k)
	}
	slices.SortFunc(names, func(a, b string) int { return int(of[b] - of[a]) })
	var b strings.Builder
	for _, k := range names[:min(n, len(names))] {
		b.WriteString("\n  " + of[k].Round(10*time.Microsecond).String() + "  " + k)
	}
	return b.String()
}

// statusMB is a field of a process's status, in millions of bytes; 0 where the system does not say.
func statusMB(file, field string) float64 {
	data, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(data)) {
		if rest, is := strings.CutPrefix(line, field); is {
			kb, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 64)
			if err != nil {
				return 0
			}
			return kb * 1024 / 1e6
		}
	}
	return 0
}

// openLocal opens a portal as the program does, without this machine's keyring.
func openLocal(tb testing.TB, dir string) *local.Local {
	tb.Helper()
	l, err := local.Open(tb.Context(), local.Options{Dir: dir, Version: "speed", Environ: func(string) (string, bool) { return "", false }, ConfigDir: tb.TempDir()})
	must(tb, err)
	tb.Cleanup(func() { must(tb, l.Close()) })
	return l
}

// BenchmarkKeys makes a journey through all places over stores that differ by ten, and tells how long keys take: until the frame is
// drawn (key-), the CPU time of that (key-cpu-), until what they ask for is there (idle-), and what messages take that a key may meet (message-). It is told in
// milliseconds; memory in millions of bytes.
func BenchmarkKeys(b *testing.B) {
	var at []float64
	for _, steps := range []int{100_000, 1_000_000} {
		b.Run("steps="+strconv.Itoa(steps), func(b *testing.B) {
			dir, _ := bigPortal(b, steps)
			began := time.Now()
			runtime.LockOSThread() // for the thread's CPU time
			defer runtime.UnlockOSThread()
			c := newCounter()
			s := newScreen(b, c.over(openLocal(b, dir).Services()), c.drawing)
			s.See("Norrvind")
			opened := time.Since(began)
			for b.Loop() {
				s.travel()
			}
			b.ReportMetric(float64(opened.Microseconds())/1000, "open-ms")
			for name, d := range map[string][]time.Duration{"key": s.model.keys, "key-cpu": s.model.cpu, "message": s.model.others, "idle": s.idle} {
				b.ReportMetric(rank(d, 0.5), name+"-p50-ms")
				b.ReportMetric(rank(d, 0.99), name+"-p99-ms")
				b.ReportMetric(rank(d, 1), name+"-max-ms")
			}
			if at = append(at, rank(s.model.cpu, 0.99)); len(at) == 2 && at[0] > 0 {
				b.ReportMetric(at[1]/at[0], "key-cpu-p99-ratio")
			}
			runtime.GC()
			var mem runtime.MemStats
			runtime.ReadMemStats(&mem)
			b.ReportMetric(float64(mem.HeapInuse)/1e6, "heap-MB")
			b.Logf("keys, slowest to a frame:%s", worst(s.model.slowest, 8))
			b.Logf("keys, slowest until idle:%s", worst(s.slow, 12))
			b.Logf("services, longest call:%s", worst(c.took, 12))
		})
	}
}
