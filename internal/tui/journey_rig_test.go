package tui_test

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"askflow/internal/assistant"
	"askflow/internal/openaisim"
	"askflow/internal/secret"
	"askflow/internal/service"
	"askflow/internal/service/local"
	"askflow/internal/source"
	"askflow/internal/tui"
	"askflow/internal/tui/app"
	"askflow/internal/tui/text"
	"askflow/internal/tui/tuitest"
	"askflow/testdata"
)

// canaryKey is a key that may be seen nowhere.
const canaryKey = "sk-proj-CaNaRy0123456789abcdefghijklmnopqrstuvwxyzT3BlbkFJABCDEFGHIJKLMNOPQRSTUVwxyz"

// showsKey tells whether a text holds the canary: as it is, in part, in base64 or in hex.
func showsKey(s string) bool {
	raw := []byte(canaryKey)
	for _, form := range []string{canaryKey[8:40], canaryKey[len(canaryKey)-12:], hex.EncodeToString(raw), base64.StdEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(raw)} {
		if strings.Contains(s, form) {
			return true
		}
	}
	return false
}

// ring is a keyring in memory.
type ring struct {
	mu    sync.Mutex
	texts map[string]string
}

func (r *ring) Get(_, user string) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s, ok := r.texts[user]; ok {
		return s, nil
	}
	return "", secret.ErrNotFound
}

func (r *ring) Set(_, user, s string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.texts[user] = s
	return nil
}

func (r *ring) Delete(_, user string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.texts[user]; !ok {
		return secret.ErrNotFound
	}
	delete(r.texts, user)
	return nil
}

// machine is a user's machine: a portal, a folder for settings, a keyring, variables, and the way to OpenAI.
type machine struct {
	t         *testing.T
	dir, home string
	ring      *ring
	env       map[string]string
	transport http.RoundTripper
}

// newMachine makes one with a portal folder that holds the demo, or these files.
func newMachine(t *testing.T, files map[string]string) *machine {
	t.Helper()
	m := &machine{t: t, dir: filepath.Join(t.TempDir(), "portal"), home: t.TempDir(), ring: &ring{texts: map[string]string{}}, env: map[string]string{}}
	if files == nil {
		from, err := fs.Sub(testdata.Demo, "demo")
		if err == nil {
			err = os.CopyFS(m.dir, from)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range files {
		m.write(name, content)
	}
	return m
}

func (m *machine) path(name string) string { return filepath.Join(m.dir, filepath.FromSlash(name)) }

// write writes a file of the portal, all of it at once, as an editor does.
func (m *machine) write(name, content string) {
	m.t.Helper()
	file := m.path(name)
	err := os.MkdirAll(filepath.Dir(file), 0o755)
	if err == nil {
		err = os.WriteFile(filepath.Join(m.home, "new"), []byte(content), 0o644)
	}
	if err == nil {
		err = os.Rename(filepath.Join(m.home, "new"), file)
	}
	if err != nil {
		m.t.Fatal(err)
	}
}

func (m *machine) read(name string) string {
	m.t.Helper()
	data, err := os.ReadFile(m.path(name))
	if err != nil {
		m.t.Fatal(err)
	}
	return string(data)
}

// change replaces what stands in a file of the portal.
func (m *machine) change(name, from, to string) {
	m.t.Helper()
	before := m.read(name)
	if !strings.Contains(before, from) {
		m.t.Fatalf("%s does not hold %q", name, from)
	}
	m.write(name, strings.Replace(before, from, to, 1))
}

// noKey looks for the canary in every file of the portal, its state and the user's settings.
func (m *machine) noKey() {
	m.t.Helper()
	for _, dir := range []string{m.dir, m.home} {
		err := filepath.WalkDir(dir, func(file string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			data, err := os.ReadFile(file)
			if err == nil && showsKey(string(data)) {
				m.t.Errorf("%s holds the key", file)
			}
			return err
		})
		if err != nil {
			m.t.Fatal(err)
		}
	}
}

// gate lets requests through to a server, or keeps questions waiting until they are given up.
type gate struct {
	next http.RoundTripper
	mu   sync.Mutex
	left int // questions that still get through; -1 for all
}

func (g *gate) let(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.left = n
}

func (g *gate) RoundTrip(r *http.Request) (*http.Response, error) {
	g.mu.Lock()
	shut := r.Method == http.MethodPost && g.left == 0
	if r.Method == http.MethodPost && g.left > 0 {
		g.left--
	}
	g.mu.Unlock()
	if shut {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	return g.next.RoundTrip(r)
}

// openAI puts a simulated OpenAI on the machine, which the portal's live questions then go to.
func (m *machine) openAI(keys map[string]*openaisim.Fault) *gate {
	m.t.Helper()
	node, problems := source.ParseYAML("rules.yaml", []byte("- {reply: 'B: a fine lead', usage: {input_tokens: 10, output_tokens: 5}}\n"))
	rules, more := openaisim.ReadRules("rules.yaml", node)
	if problems.HasErrors() || more.HasErrors() {
		m.t.Fatal(problems, more)
	}
	server, err := openaisim.Serve("127.0.0.1:0", openaisim.New(openaisim.Options{Models: assistant.DefaultModels(), Rules: rules, Keys: keys}))
	if err != nil {
		m.t.Fatal(err)
	}
	transport := &http.Transport{}
	m.t.Cleanup(func() {
		transport.CloseIdleConnections()
		if err := server.Close(); err != nil {
			m.t.Error(err)
		}
	})
	g := &gate{next: transport, left: -1}
	m.env["OPENAI_BASE_URL"], m.transport = server.URL, g
	return g
}

// asOpenAI makes the simulated server stand where api.openai.com is, which is asked with a key only.
func (m *machine) asOpenAI() {
	m.t.Helper()
	to, err := url.Parse(m.env["OPENAI_BASE_URL"])
	if err != nil {
		m.t.Fatal(err)
	}
	delete(m.env, "OPENAI_BASE_URL")
	m.transport = detour{to.Host, m.transport}
}

// detour takes requests to another server of this machine.
type detour struct {
	host string
	next http.RoundTripper
}

func (d detour) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = "http", d.host
	return d.next.RoundTrip(r)
}

// visit is somebody in front of the whole program.
type visit struct {
	*tuitest.Driver
	*machine
	services      *service.Services
	frame         *app.App
	width, height int
	// keys counts what was pressed.
	keys int
}

// sit opens the program on the machine as it is opened for real, but with a driver for a terminal. Every frame is checked.
func (m *machine) sit(width, height int) *visit {
	m.t.Helper()
	ctx, cancel := context.WithCancel(m.t.Context())
	// Files settle forty times as fast, so that nothing waits long.
	quick := func(d time.Duration) (<-chan time.Time, func()) {
		timer := time.NewTimer(d / 40)
		return timer.C, func() { timer.Stop() }
	}
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	l, err := local.Open(ctx, local.Options{Dir: m.dir, Version: "test", Keyring: m.ring, ConfigDir: m.home, WorkFactor: 4, Transport: m.transport, Timer: quick, Now: func() time.Time { return now },
		Environ: func(name string) (string, bool) { v, ok := m.env[name]; return v, ok }})
	if err != nil {
		m.t.Fatal(err)
	}
	keys, err := tui.Keymap()
	if err != nil {
		m.t.Fatal(err)
	}
	v := &visit{machine: m, services: l.Services(), width: width, height: height}
	v.Driver = tuitest.New(m.t, width, height, func(s app.System) tea.Model {
		v.frame = app.New(app.Options{Services: v.services, Screens: tui.Screens(), Keys: keys, Theme: "dark", Version: "test", Context: ctx, System: s})
		return v.frame
	})
	v.Each = v.look
	pumped := make(chan struct{})
	events := v.services.Events.Subscribe(ctx)
	go func() {
		defer close(pumped)
		for e := range events {
			v.Send(e)
		}
	}()
	m.t.Cleanup(func() {
		cancel()
		if err := l.Close(); err != nil {
			m.t.Error(err)
		}
		<-pumped
	})
	return v
}

// Press presses keys, and counts them.
func (v *visit) Press(keys ...string) *visit {
	v.t.Helper()
	v.keys += len(keys)
	v.Driver.Press(keys...)
	return v
}

// Type types a text, each letter of which is a key.
func (v *visit) Type(s string) *visit {
	v.t.Helper()
	v.keys += len([]rune(s))
	v.Driver.Type(s)
	return v
}

// See, NotSee, WaitFor, Paste and Resize are those of the driver, to go on with keys that are counted.
func (v *visit) See(texts ...string) *visit { v.t.Helper(); v.Driver.See(texts...); return v }

// Reads fails the test unless the screen shows each text; where it breaks lines does not matter.
func (v *visit) Reads(texts ...string) *visit {
	v.t.Helper()
	screen := v.Screen()
	flat := words(screen)
	for _, s := range texts {
		if !strings.Contains(flat, words(s)) {
			v.t.Fatalf("the screen does not say %q:\n%s", s, screen)
		}
	}
	return v
}

// words are the words of a screen or a text, without the lines that are drawn around them.
func words(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x2500 && r < 0x2580 }), " ")
}

func (v *visit) NotSee(texts ...string) *visit { v.t.Helper(); v.Driver.NotSee(texts...); return v }

func (v *visit) WaitFor(s string) *visit { v.t.Helper(); v.Driver.WaitFor(s); return v }

func (v *visit) Paste(s string) *visit { v.t.Helper(); v.Driver.Paste(s); return v }

func (v *visit) Resize(width, height int) *visit {
	v.t.Helper()
	v.width, v.height = width, height
	v.Driver.Resize(width, height)
	return v
}

// seek presses a key until the screen shows a text, a bounded number of times.
func (v *visit) seek(key, wanted string) *visit {
	v.t.Helper()
	for range 40 {
		if strings.Contains(v.Screen(), wanted) {
			return v
		}
		v.Press(key)
	}
	return v.See(wanted)
}

// ended waits until a run has ended and the screen tells of it.
func (v *visit) ended(id string) *visit {
	v.t.Helper()
	v.Until(id+" has ended", func() bool {
		v.Screen() // which takes what happened
		_, going := v.frame.Env().Active[id]
		r, err := v.services.Runs.Run(v.t.Context(), id)
		return err == nil && !going && r.Status != "RUNNING"
	})
	return v
}

// editor plays $EDITOR: it changes the file that it is given, as somebody would.
func (v *visit) editor(edit func(args []string, before string) (after string)) {
	v.OnExec = func(cmd *exec.Cmd) error {
		file := cmd.Args[len(cmd.Args)-1]
		before, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		return os.WriteFile(file, []byte(edit(cmd.Args, string(before))), 0o644)
	}
}

// look checks a frame: what every frame has to be.
func (v *visit) look(frame string) {
	v.t.Helper()
	if err := frameProblem(frame, v.width, v.height); err != nil {
		v.t.Fatalf("%v\n%q\n%s", err, firstLineOf(frame, err), ansi.Strip(frame))
	}
	if showsKey(frame) {
		v.t.Fatalf("the key shows:\n%s", ansi.Strip(frame))
	}
}

// lineError is what is wrong with a line of a frame.
type lineError struct {
	line int
	what string
}

func (e *lineError) Error() string { return fmt.Sprintf("line %d of the frame %s", e.line+1, e.what) }

func firstLineOf(frame string, err error) string {
	lines := strings.Split(frame, "\n")
	if e, is := err.(*lineError); is && e.line < len(lines) {
		return lines[e.line]
	}
	return ""
}

// frameProblem says what is wrong with a frame: a line that is not exactly as wide as the window, or anything in it that a terminal
// would act upon other than a line's end and a style.
func frameProblem(frame string, width, height int) error {
	lines := strings.Split(frame, "\n")
	if len(lines) != height {
		return &lineError{min(len(lines), height) - 1, fmt.Sprintf("is not followed as it should be: there are %d lines in a window of %d", len(lines), height)}
	}
	for i, line := range lines {
		plain, what := unstyled(line)
		if what != "" {
			return &lineError{i, what}
		}
		if w := text.Width(plain); w != width {
			return &lineError{i, fmt.Sprintf("has %d cells in a window of %d", w, width)}
		}
		if a, b := ansi.StringWidth(plain), ansi.StringWidthWc(plain); a != b {
			return &lineError{i, fmt.Sprintf("is %d or %d cells wide, which depends on the terminal", a, b)}
		}
	}
	return nil
}

// unstyled takes the styles out of a line, and says what in it is neither style nor letter.
func unstyled(line string) (plain, what string) {
	var out strings.Builder
	for len(line) > 0 {
		at := strings.IndexByte(line, 0x1b)
		if at < 0 {
			at = len(line)
		}
		for _, r := range line[:at] {
			if harmful(r) {
				return "", fmt.Sprintf("holds the character %U", r)
			}
		}
		out.WriteString(line[:at])
		line = line[at:]
		if line == "" {
			break
		}
		end := strings.IndexFunc(strings.TrimPrefix(line, "\x1b["), func(r rune) bool { return !strings.ContainsRune("0123456789;:", r) })
		if !strings.HasPrefix(line, "\x1b[") || end < 0 || line[2+end] != 'm' {
			return "", fmt.Sprintf("holds an escape sequence that is no style: %q", line[:min(len(line), 20)])
		}
		line = line[2+end+1:]
	}
	return out.String(), ""
}

// harmful tells the characters that no frame may hold: controls, and what changes direction or has no width of its own.
func harmful(r rune) bool {
	switch {
	case r < ' ', r >= 0x7f && r < 0xa0:
		return true
	case r >= 0x200b && r <= 0x200c, r == 0x200e, r == 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2060 && r <= 0x206f, r == 0xfeff, r >= 0xe0000 && r <= 0xe007f:
		return true
	}
	return false
}

// keysThatWork are the keys of a simulated OpenAI that knows only the canary.
func keysThatWork() map[string]*openaisim.Fault { return map[string]*openaisim.Fault{canaryKey: nil} }
