package testreport_test

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"askflow/internal/testreport"
)

func TestWrite(t *testing.T) {
	t.Parallel()
	meta := testreport.Meta{Title: "Prompt tests", Command: "emulator test", Generated: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	for _, format := range testreport.Formats {
		var got bytes.Buffer
		if err := testreport.Write(&got, format, sampleReport(), meta); err != nil {
			t.Fatal(err)
		}
		begin := map[string]string{"json": "{\n  \"report\": {", "junit": "<?xml ", "markdown": "### ❌ 6 of 20", "html": "<!doctype html>"}[format]
		if begin == "" || !strings.HasPrefix(strings.ToLower(got.String()), strings.ToLower(begin)) {
			t.Errorf("%s begins with %q", format, got.String()[:40])
		}
	}
	err := testreport.Write(io.Discard, "jnit", sampleReport(), meta)
	if err == nil || !strings.Contains(err.Error(), "json, junit, markdown") || !strings.Contains(err.Error(), "did you mean junit?") {
		t.Errorf("the error of an unknown form is %v", err)
	}
}
