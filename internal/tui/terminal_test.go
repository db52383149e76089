//go:build !windows

package tui_test

import (
	"bytes"
	"errors"
	"fmt"
	"image/color"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/charmbracelet/x/xpty"
)

// patience is how long a test waits for a text before it fails.
const patience = 60 * time.Second

// terminal is a terminal that remembers what was done to it.
type terminal struct {
	t   *testing.T
	pty *xpty.UnixPty

	mu     sync.Mutex
	screen *vt.Emulator
	raw    bytes.Buffer
	// touched says what was done beyond drawing.
	touched []string
	// changed has something after every write; ended is closed when the other side is gone.
	changed, ended chan struct{}
}

func newTerminal(t *testing.T, width, height int) *terminal {
	t.Helper()
	pty, err := xpty.NewUnixPty(width, height)
	if err != nil {
		t.Skipf("this machine gives no pseudo-terminal: %v", err)
	}
	m := &terminal{t: t, pty: pty, screen: vt.NewEmulator(width, height), changed: make(chan struct{}, 1), ended: make(chan struct{})}
	touch := func(what string, value any) {
		m.touched = append(m.touched, fmt.Sprintf("%s %q", what, fmt.Sprint(value)))
	}
	m.screen.SetCallbacks(vt.Callbacks{
		Bell: func() { touch("bell", "") }, Title: func(s string) { touch("title", s) }, IconName: func(s string) { touch("icon name", s) },
		CursorStyle: func(s vt.CursorStyle, _ bool) { touch("cursor style", s) }, CursorColor: func(c color.Color) { touch("cursor colour", c) },
		BackgroundColor: func(c color.Color) { touch("background", c) }, ForegroundColor: func(c color.Color) { touch("foreground", c) },
		WorkingDirectory: func(s string) { touch("folder", s) },
	})
	for _, osc := range []int{8, 9, 52, 777, 1337} {
		m.screen.RegisterOscHandler(osc, func(data []byte) bool { touch(fmt.Sprint("OSC ", osc), string(data)); return true })
	}
	replies := make(chan struct{})
	go func() { // what a terminal answers when it is asked about itself
		defer close(replies)
		_, _ = io.Copy(pty, m.screen) // ends with the emulator's pipe; a terminal that is gone takes no answers
	}()
	t.Cleanup(func() {
		_ = m.screen.InputPipe().(io.Closer).Close()
		_ = pty.Close() // may be closed already
		<-replies
	})
	return m
}

// watch takes what is written to the terminal, until nobody can write any more.
func (m *terminal) watch() {
	go func() {
		defer close(m.ended)
		buf := make([]byte, 32<<10)
		for {
			n, err := m.pty.Read(buf)
			if n > 0 {
				m.mu.Lock()
				m.raw.Write(buf[:n])
				_, _ = m.screen.Write(buf[:n]) // an emulator in memory takes everything
				m.mu.Unlock()
				select {
				case m.changed <- struct{}{}:
				default:
				}
			}
			if err != nil {
				return
			}
		}
	}()
}

// text is what the terminal shows.
func (m *terminal) text() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.screen.String()
}

// wait waits until the terminal shows all the texts at once.
func (m *terminal) wait(texts ...string) {
	m.t.Helper()
	end := time.NewTimer(patience)
	defer end.Stop()
	for {
		shown := m.text()
		missing := ""
		for _, s := range texts {
			if !strings.Contains(shown, s) {
				missing = s
			}
		}
		if missing == "" {
			return
		}
		select {
		case <-m.changed:
		case <-m.ended:
			if shown = m.text(); strings.Contains(shown, missing) {
				continue
			}
			m.t.Fatalf("the program ended without showing %q:\n%s", missing, shown)
		case <-end.C:
			m.t.Fatalf("the terminal never showed %q:\n%s", missing, shown)
		}
	}
}

// press sends keys as a terminal does.
func (m *terminal) press(keys ...string) {
	m.t.Helper()
	names := map[string]string{"enter": "\r", "esc": "\x1b", "tab": "\t", "down": "\x1b[B", "up": "\x1b[A", "right": "\x1b[C", "left": "\x1b[D", "space": " ", "ctrl+c": "\x03"}
	for _, k := range keys {
		if s, ok := names[k]; ok {
			k = s
		}
		if _, err := io.WriteString(m.pty, k); err != nil {
			m.t.Fatal(err)
		}
	}
}

func (m *terminal) resize(width, height int) {
	m.t.Helper()
	m.mu.Lock()
	m.screen.Resize(width, height)
	m.mu.Unlock()
	if err := m.pty.Resize(width, height); err != nil {
		m.t.Fatal(err)
	}
}

// written is everything that was written to the terminal so far.
func (m *terminal) written() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.raw.String()
}

// untouched checks that nothing but drawing was done to the terminal, and that the only sequences for the system around it are the
// program's own question for the background.
func (m *terminal) untouched() {
	m.t.Helper()
	m.mu.Lock()
	touched := m.touched
	m.mu.Unlock()
	if len(touched) > 0 {
		m.t.Errorf("data got at the terminal: %s", touched)
	}
	raw := m.written()
	for _, osc := range regexp.MustCompile(`\x1b\][^\x07\x1b]*`).FindAllString(raw, -1) {
		if osc != "\x1b]11;?" {
			m.t.Errorf("an OSC sequence that is not the frame's: %q", osc)
		}
	}
	for _, dcs := range regexp.MustCompile(`\x1b[P_^X][^\x1b]*`).FindAllString(raw, -1) {
		if !strings.HasPrefix(dcs, "\x1bP+q") { // asking the terminal what it can do
			m.t.Errorf("a DCS, APC, PM or SOS sequence: %q", dcs)
		}
	}
	if strings.ContainsAny(strings.ReplaceAll(raw, "\x1b]11;?\x07", ""), "\x07\x00\x0e\x0f\x7f") {
		m.t.Error("control characters were written")
	}
}

// restored checks that the terminal was given back: usual screen, cursor, no mouse.
func (m *terminal) restored() {
	m.t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.screen.IsAltScreen() || m.screen.CursorHidden() {
		m.t.Errorf("the terminal was not given back: other screen %v, cursor hidden %v", m.screen.IsAltScreen(), m.screen.CursorHidden())
	}
	raw := m.raw.String()
	for _, mode := range []string{"1002", "1003", "2004"} {
		if on, off := strings.LastIndex(raw, "\x1b[?"+mode+"h"), strings.LastIndex(raw, "\x1b[?"+mode+"l"); on > off {
			m.t.Errorf("mode %s is still on", mode)
		}
	}
}

// process is the built program on a terminal.
type process struct {
	*terminal
	cmd  *exec.Cmd
	home string
}

var built struct {
	once sync.Once
	path string
	err  error
}

// TestMain removes the program that was built.
func TestMain(m *testing.M) {
	code := m.Run()
	if built.path != "" {
		_ = os.RemoveAll(filepath.Dir(built.path)) // in the folder for temporary files
	}
	os.Exit(code)
}

// binary builds the program once.
func binary(t *testing.T) string {
	t.Helper()
	built.once.Do(func() {
		dir, err := os.MkdirTemp("", "askflow-tui-")
		if err != nil {
			built.err = err
			return
		}
		built.path = filepath.Join(dir, "tui")
		if out, err := exec.Command("go", "build", "-o", built.path, "askflow/cmd/tui").CombinedOutput(); err != nil {
			built.err = fmt.Errorf("%w: %s", err, out)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.path
}

// launch starts the built program on a terminal of its own, for a user with an empty home.
func launch(t *testing.T, width, height int, env map[string]string, args ...string) *process {
	t.Helper()
	p := &process{terminal: newTerminal(t, width, height), home: t.TempDir()}
	p.cmd = exec.Command(binary(t), args...)
	p.cmd.Dir = p.home
	p.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + p.home, "XDG_CONFIG_HOME=" + p.home, "XDG_CACHE_HOME=" + filepath.Join(p.home, "cache"), "TMPDIR=" + p.home, "TERM=xterm-256color", "COLORTERM=truecolor", "ASKFLOW_KEYRING=off"}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true} // the terminal is the program's own, and tells it when it is closed
	for k, v := range env {
		p.cmd.Env = append(p.cmd.Env, k+"="+v)
	}
	if err := p.pty.Start(p.cmd); err != nil {
		t.Fatal(err)
	}
	_ = p.pty.Slave().Close() // the program has its own; without ours, the terminal ends with the program
	p.watch()
	t.Cleanup(func() { _ = p.cmd.Process.Kill() }) // ended already unless the test failed
	return p
}

// end waits for the end of the program.
func (p *process) end() (code int) {
	p.t.Helper()
	stop := time.AfterFunc(patience, func() { _ = p.cmd.Process.Kill() })
	defer stop.Stop()
	err := p.cmd.Wait()
	<-p.ended
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.t.Fatal(err)
	}
	return p.cmd.ProcessState.ExitCode()
}
