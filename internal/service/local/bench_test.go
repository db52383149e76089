package local_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"askflow/internal/service/local"
	"askflow/testdata"
)

// What passes between the start of a program and the first list of workflows.
func BenchmarkOpenAndList(b *testing.B) {
	dir := filepath.Join(b.TempDir(), "portal")
	from, err := fs.Sub(testdata.Demo, "demo")
	if err != nil {
		b.Fatal(err)
	}
	if err := os.CopyFS(dir, from); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		l, err := local.Open(b.Context(), local.Options{Dir: dir})
		if err != nil {
			b.Fatal(err)
		}
		if list, err := l.Services().Workflows.List(b.Context()); err != nil || len(list) != 4 {
			b.Fatal(list, err)
		}
		if err := l.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
