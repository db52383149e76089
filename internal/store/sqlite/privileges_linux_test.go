package sqlite_test

import (
	"os"
	"runtime"
	"syscall"
	"testing"
)

// withoutPrivileges runs f as somebody whom file modes hold back, also when the tests run as root.
func withoutPrivileges(t *testing.T, f func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		f()
		return
	}
	const nobody = 65534
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine, and its user with it
		if _, _, err := syscall.RawSyscall(syscall.SYS_SETFSUID, nobody, 0, 0); err != 0 {
			t.Errorf("setfsuid: %v", err)
			return
		}
		f()
	}()
	<-done
}
