package tui_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"askflow/internal/tui"
)

// start runs the program where there is no terminal.
func start(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	p := tui.New(strings.NewReader(""), &stdout, &stderr)
	p.ConfigDir = t.TempDir()
	p.Lookup = func(string) (string, bool) { return "", false }
	code = p.Run(t.Context(), args)
	return code, stdout.String(), stderr.String()
}

func TestFlags(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, c := range map[string]struct {
		args      []string
		code      int
		out, errs []string
	}{
		"version":         {[]string{"--version"}, 0, []string{"askflow tui "}, nil},
		"help":            {[]string{"--help"}, 0, []string{"--portal DIR", "--demo", "--theme", "--no-mouse", "--keys FILE", "tui --demo", "70"}, nil},
		"flag":            {[]string{"--nope"}, 2, nil, []string{"error: unknown flag: --nope", "tui --help shows how"}},
		"word":            {[]string{"portal"}, 2, nil, []string{"error: ", "tui --help shows how"}},
		"theme":           {[]string{"--theme", "pink"}, 2, nil, []string{`"pink" is no theme: use auto, dark or light`}},
		"no terminal":     {[]string{"--demo"}, 2, nil, []string{"needs a terminal", "emulator --help"}},
		"no keys":         {[]string{"--keys", filepath.Join(dir, "none.yaml")}, 2, nil, []string{"cannot be read", "docs/keys.md"}},
		"unknown action":  {[]string{"--keys", file("a.yaml", "app.quit: Q\nrun.cancel: X\n")}, 2, nil, []string{"a.yaml:2:1", `"run.cancel" is no action`, "runs.cancel"}},
		"clash":           {[]string{"--keys", file("b.yaml", "runs.cancel: q\n")}, 2, nil, []string{"b.yaml", "the key q leads to"}},
		"bad yaml":        {[]string{"--keys", file("c.yaml", "{\n")}, 2, nil, []string{"c.yaml:"}},
		"escapes in it":   {[]string{"--keys", file("d.yaml", "\"\\e]0;owned\\a\": X\n")}, 2, nil, []string{"is no action"}},
		"keys are fine":   {[]string{"--keys", file("e.yaml", "app.quit: Q\n")}, 2, nil, []string{"needs a terminal"}},
		"no such portal":  {[]string{"--portal", filepath.Join(dir, "nowhere")}, 2, nil, []string{"error: "}},
		"both, and which": {[]string{"--demo", "--portal", dir}, 2, nil, []string{"error: "}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, out, errs := start(t, c.args...)
			if code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			for _, want := range c.out {
				if !strings.Contains(out, want) {
					t.Errorf("stdout has no %q:\n%s", want, out)
				}
			}
			for _, want := range c.errs {
				if !strings.Contains(errs, want) {
					t.Errorf("stderr has no %q:\n%s", want, errs)
				}
			}
			if strings.ContainsAny(out+errs, "\x1b\x07") {
				t.Errorf("control characters:\n%q\n%q", out, errs)
			}
		})
	}
}

// The file in the folder for settings is read without being named.
func TestKeysOfTheUser(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	if err := os.MkdirAll(filepath.Join(home, "askflow"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "askflow", "keys.yaml"), []byte("app.quid: Q\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	p := tui.New(strings.NewReader(""), &stdout, &stderr)
	p.ConfigDir = home
	if code := p.Run(t.Context(), nil); code != tui.ExitUsage || !strings.Contains(stderr.String(), "did you mean app.quit?") || !strings.Contains(stderr.String(), "keys.yaml:1:1") {
		t.Errorf("%d\n%s", code, stderr.String())
	}
}
