//go:build !linux

package sqlite_test

import (
	"os"
	"runtime"
	"testing"
)

// withoutPrivileges runs f as somebody whom file modes hold back.
func withoutPrivileges(t *testing.T, f func()) {
	t.Helper()
	if runtime.GOOS == "windows" || os.Geteuid() == 0 {
		t.Skip("file modes hold nobody back here")
	}
	f()
}
