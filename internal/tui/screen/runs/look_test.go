package runs_test

import (
	"os"
	"testing"
)

func TestLook(t *testing.T) {
	if os.Getenv("LOOK") == "" {
		t.Skip("LOOK is not set: nothing to read")
	}
	for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}, {60, 16}} {
		d, _ := drive(t, sample().services(), size[0], size[1])
		t.Logf("%v\n%s", size, d.Screen())
		d.Press("enter")
		t.Logf("%v\n%s", size, d.Screen())
	}
}
