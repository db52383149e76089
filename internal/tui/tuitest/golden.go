package tuitest

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aymanbagabas/go-udiff"
	"github.com/charmbracelet/x/ansi"
)

// update is the flag that writes golden files anew. Only programs of tests have it.
var update = updateFlag()

func updateFlag() *bool {
	if !testing.Testing() {
		return new(bool)
	}
	return flag.Bool("update", false, "write the golden files anew")
}

// Golden fails the test unless a text is that of the file testdata/NAME.golden, which ends with a line break of its own. With -update it
// writes the file.
func Golden(t testing.TB, name, got string) {
	t.Helper()
	got += "\n"
	file := filepath.Join("testdata", name+".golden")
	if *update {
		err := os.MkdirAll("testdata", 0o755)
		if err == nil {
			err = os.WriteFile(file, []byte(got), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (-update writes it)", err)
	}
	if string(want) != got {
		t.Errorf("%s is not as it was (-update accepts it):\n%s", file, udiff.Unified("was", "is", string(want), got))
	}
}

// Plain is a frame without styles, and without the blanks at the ends of its lines.
func Plain(frame string) string {
	lines := strings.Split(ansi.Strip(frame), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// Body is what a place draws of a frame: Plain, without the frame's own lines, two above it and one below.
func Body(frame string) string {
	lines := strings.Split(Plain(frame), "\n")
	if len(lines) < 3 {
		return ""
	}
	return strings.Join(lines[2:len(lines)-1], "\n")
}
