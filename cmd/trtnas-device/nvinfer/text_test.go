package nvinfer

import "testing"

// Numbers from the NvInferVersion.h of each release.
func TestVersion(t *testing.T) {
	for n, want := range map[int]string{8601: "8.6.1", 100600: "10.6.0", 101501: "10.15.1", 110400: "11.4.0", 10701: "1.7.1"} {
		if got := versionOf(n).String(); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
}

func TestCompatible(t *testing.T) {
	tests := []struct {
		headers, library int
		want             bool
	}{
		{100600, 100600, true},
		{100600, 101501, true},
		{101501, 100600, false}, // the headers have functions that the library lacks
		{110400, 101501, false},
		{100600, 8601, false},
		{110400, 10701, false}, // TensorRT-RTX for TensorRT
	}
	for _, test := range tests {
		if err := compatible(versionOf(test.headers), versionOf(test.library)); (err == nil) != test.want {
			t.Errorf("headers %d, library %d: %v", test.headers, test.library, err)
		}
	}
}

func TestFirstError(t *testing.T) {
	tests := []struct{ log, want string }{
		{"[W] [TRT] hm\n[E] [TRT] Error Code 1: no\n[E] [TRT] and more\n", "Error Code 1: no"},
		{"[F] [TRT] gone", "gone"},
		{"[W] [TRT] hm\n", "TensorRT gave no reason"},
	}
	for _, test := range tests {
		if got := firstError(test.log); got != test.want {
			t.Errorf("%q: got %q, want %q", test.log, got, test.want)
		}
	}
}

func TestCapability(t *testing.T) {
	tests := []struct {
		text string
		want int
		ok   bool
	}{
		{"", 0, true}, {"8.0", 80, true}, {"12.1", 121, true},
		{"8", 0, false}, {"8.0.1", 0, false}, {"8.10", 0, false}, {"0.5", 0, false}, {"sm_80", 0, false}, {"8.-1", 0, false}, {" 8.0", 0, false},
	}
	for _, test := range tests {
		if got, err := capability(test.text); got != test.want || (err == nil) != test.ok {
			t.Errorf("%q: got %d, %v", test.text, got, err)
		}
	}
}
