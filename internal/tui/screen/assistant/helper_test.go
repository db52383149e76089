package assistant_test

import (
	"context"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/zalando/go-keyring"

	"askflow/internal/service"
	"askflow/internal/service/local"
	"askflow/internal/tui/app"
	"askflow/internal/tui/dialog"
	"askflow/internal/tui/keymap"
	"askflow/internal/tui/screen/assistant"
	"askflow/internal/tui/text"
	"askflow/internal/tui/tuitest"
	"askflow/internal/tui/ui"
	"askflow/internal/tui/widget"
	"askflow/testdata"
)

var update = flag.Bool("update", false, "write the golden files anew")

// noRing is a machine without a keyring.
type noRing struct{}

func (noRing) Get(string, string) (string, error) { return "", keyring.ErrNotFound }
func (noRing) Set(string, string, string) error   { return keyring.ErrUnsupportedPlatform }
func (noRing) Delete(string, string) error        { return keyring.ErrNotFound }

// elsewhere is a place that keeps what other places send it.
type elsewhere struct {
	got  []tea.Msg
	next tea.Cmd // what its next key does
}

func (e *elsewhere) Update(msg tea.Msg) tea.Cmd {
	e.got = append(e.got, msg)
	if _, is := msg.(tea.KeyPressMsg); is {
		return e.next
	}
	return nil
}
func (*elsewhere) View(int, int) string   { return "another place" }
func (*elsewhere) Crumbs() []string       { return nil }
func (*elsewhere) Bindings() []ui.Binding { return nil }
func (*elsewhere) Typing() bool           { return false }
func (*elsewhere) Back() bool             { return false }
func (*elsewhere) Command() string        { return "" }

// desk is the whole screen with the place Assistant on it.
type desk struct {
	*tuitest.Driver
	t      testing.TB
	frame  *app.App
	others [ui.Places]*elsewhere
	dir    string
}

// now is the day of the driver's clock.
var now = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

func keysOf(tb testing.TB) *keymap.Map {
	tb.Helper()
	keys, err := keymap.New(app.Keys(), widget.Keys(), dialog.Keys(), assistant.Keys())
	if err != nil {
		tb.Fatal(err)
	}
	if clashes := keys.Clashes("keys"); len(clashes) > 0 {
		tb.Fatal(clashes)
	}
	return keys
}

// drive shows the place over services.
func drive(tb testing.TB, services *service.Services, width, height int) *desk {
	tb.Helper()
	d := &desk{t: tb}
	opt := app.Options{Services: services, Keys: keysOf(tb), Theme: "dark", Context: tb.Context()}
	for i := range opt.Screens {
		d.others[i] = &elsewhere{}
		opt.Screens[i] = func(*ui.Env) ui.Screen { return d.others[i] }
	}
	opt.Screens[ui.Assistant] = assistant.New
	d.Driver = tuitest.New(tb, width, height, func(s app.System) tea.Model {
		opt.System = s
		d.frame = app.New(opt)
		return d.frame
	})
	d.Press("2")
	return d
}

// demo shows the place over the demo portal.
func demo(tb testing.TB, width, height int) *desk {
	tb.Helper()
	dir := filepath.Join(tb.TempDir(), "portal")
	from, err := fs.Sub(testdata.Demo, "demo")
	if err != nil {
		tb.Fatal(err)
	}
	if err := os.CopyFS(dir, from); err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	tb.Cleanup(cancel)
	l, err := local.Open(ctx, local.Options{Dir: dir, Version: "test", Environ: func(string) (string, bool) { return "", false }, Keyring: noRing{}, ConfigDir: tb.TempDir(), Now: func() time.Time { return now }})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := l.Close(); err != nil {
			tb.Error(err)
		}
	})
	d := drive(tb, l.Services(), width, height)
	d.dir = dir
	return d
}

// file reads a file of the demo portal.
func (d *desk) file(name string) string {
	d.t.Helper()
	data, err := os.ReadFile(filepath.Join(d.dir, filepath.FromSlash(name)))
	if err != nil {
		d.t.Fatal(err)
	}
	return string(data)
}

// golden compares what the place draws with a file; the frame around it is tested elsewhere.
func (d *desk) golden(name string) {
	d.t.Helper()
	got := d.Screen()
	if d.dir != "" {
		got = strings.ReplaceAll(got, d.dir, "DIR")
	}
	lines := strings.Split(got, "\n")
	lines = lines[2 : len(lines)-1]
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	got = strings.Join(lines, "\n") + "\n"
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			d.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			d.t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		d.t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		d.t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// sound tells what is wrong with a frame: a line of another width, or a byte that a terminal obeys other than for styles.
func sound(frame string, width int) string {
	for i := 0; i < len(frame); i++ {
		switch c := frame[i]; {
		case c == 0x1b:
			end := i + 1
			if end < len(frame) && frame[end] == '[' {
				for end++; end < len(frame) && strings.IndexByte("0123456789;:", frame[end]) >= 0; end++ {
				}
			}
			if end >= len(frame) || frame[end] != 'm' {
				return "an escape sequence that is no style: " + strings.ToValidUTF8(frame[i:min(len(frame), i+20)], "?")
			}
		case c < ' ' && c != '\n' || c == 0x7f:
			return "a control character near: " + strings.ToValidUTF8(frame[max(0, i-20):i], "?")
		}
	}
	for _, line := range strings.Split(frame, "\n") {
		if got := text.Width(line); got != width {
			return "a line of another width: " + line
		}
	}
	return ""
}
