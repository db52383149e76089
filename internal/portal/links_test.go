//go:build unix

package portal_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/portal"
)

func TestLinksAndOddFiles(t *testing.T) {
	t.Parallel()
	shared := folder(t, map[string]string{"team.yaml": smallAsst})
	dir := folder(t, map[string]string{"portal.yaml": "", "workflows/x.json": smallFlow})
	link := func(from, to string) {
		t.Helper()
		to = filepath.Join(dir, to)
		if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o755), os.Symlink(from, to)); err != nil {
			t.Fatal(err)
		}
	}
	link(filepath.Join(shared, "team.yaml"), "assistants/team.yaml")
	link(filepath.Join(shared, "gone.yaml"), "assistants/gone.yaml")
	link("/dev/zero", "responses/zero.yaml")
	link("loop.yaml", "responses/loop.yaml")
	if err := syscall.Mkfifo(filepath.Join(dir, "workflows", "pipe.json"), 0o600); err != nil {
		t.Fatal(err)
	}
	big, err := os.Create(filepath.Join(dir, "workflows", "big.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(big.Truncate(portal.MaxFileBytes+1), big.Close()); err != nil {
		t.Fatal(err)
	}
	p := load(t, dir)
	want := []string{"assistants/gone.yaml broken_link", "responses/loop.yaml unreadable", "responses/zero.yaml not_a_file", "workflows/big.json too_large", "workflows/pipe.json not_a_file"}
	if diff := cmp.Diff(want, codes(p.Problems)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if len(p.Assistants) != 1 || len(p.Flows) != 1 {
		t.Errorf("%d assistants and %d workflows, want one of each", len(p.Assistants), len(p.Flows))
	}
}
