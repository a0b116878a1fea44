package wire

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/trtnas/trtnas/trt"
)

// Handler does what requests ask for, one after the other. A *trt.Failure
// among its errors keeps its class and output in the response.
type Handler interface {
	Hello(ctx context.Context) (HelloResponse, error)
	Build(ctx context.Context, r BuildRequest) (trt.EngineInfo, error)
	Load(ctx context.Context, r LoadRequest) (LoadResponse, error)
	Time(ctx context.Context, r TimeRequest) (TimeResponse, error)
	Outputs(ctx context.Context, r OutputsRequest) ([]Tensor, error)
	Profile(ctx context.Context, r ProfileRequest) ([]trt.Layer, error)
	Unload(ctx context.Context, r UnloadRequest) error
}

// maxRequest is the longest line in bytes that is read. Paths are the longest
// part of a request.
const maxRequest = 1 << 20

// Serve answers the requests of in on out until Quit, the end of in, or the
// end of ctx, which is looked at between requests. What is no request gets a
// response with an error, whose ID is 0 if the request's could not be read.
// The error returned is one of reading or writing, or ctx's.
func Serve(ctx context.Context, in io.Reader, out io.Writer, h Handler) error {
	lines := bufio.NewReader(in)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		line, err := readLine(lines)
		if errors.Is(err, io.EOF) {
			return nil
		}
		var response Response
		var request Request
		switch {
		case errors.Is(err, errTooLong):
			response.Error = errorOf(err)
		case err != nil:
			return fmt.Errorf("reading a request: %w", err)
		default:
			request, err = decode(line)
			if err == nil {
				response, err = answer(ctx, h, request)
			}
			response.ID, response.Error = request.ID, errorOf(err)
		}
		if err := write(out, response); err != nil {
			return fmt.Errorf("writing a response: %w", err)
		}
		if request.Op == Quit && response.Error == nil {
			return nil
		}
	}
}

var errTooLong = fmt.Errorf("the request is longer than %d bytes", maxRequest)

// readLine is the next line without its end. A line that is too long is read
// to its end all the same, so that the next call gets the next one.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	long := false
	for {
		part, err := r.ReadSlice('\n')
		if long = long || len(line)+len(part) > maxRequest; !long {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && (long || len(line) > 0):
			// The last line has no end; the next call sees EOF.
		case err != nil:
			return nil, err
		}
		if long {
			return nil, errTooLong
		}
		return bytes.TrimSuffix(line, []byte("\n")), nil
	}
}

// decode reads one request, and nothing else, from a line. The ID is set as
// far as it was read.
func decode(line []byte) (Request, error) {
	var r Request
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return Request{ID: r.ID}, fmt.Errorf("no request of protocol version %d: %w", Version, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Request{ID: r.ID}, errors.New("the line has more than one request")
	}
	return r, nil
}

// answer has the handler answer one request.
func answer(ctx context.Context, h Handler, r Request) (Response, error) {
	switch r.Op {
	case Hello:
		hello, err := h.Hello(ctx)
		return Response{Hello: &hello}, err
	case Build:
		return call(ctx, r.Build, h.Build, func(to *Response, info trt.EngineInfo) { to.Built = &info })
	case Load:
		return call(ctx, r.Load, h.Load, func(to *Response, engine LoadResponse) { to.Engine = &engine })
	case Time:
		return call(ctx, r.Time, h.Time, func(to *Response, timed TimeResponse) { to.Timed = &timed })
	case Outputs:
		return call(ctx, r.Outputs, h.Outputs, func(to *Response, all []Tensor) { to.Tensors = all })
	case Profile:
		return call(ctx, r.Profile, h.Profile, func(to *Response, all []trt.Layer) { to.Layers = all })
	case Unload:
		unload := func(ctx context.Context, u UnloadRequest) (struct{}, error) { return struct{}{}, h.Unload(ctx, u) }
		return call(ctx, r.Unload, unload, func(*Response, struct{}) {})
	case Quit:
		return Response{}, nil
	}
	return Response{}, fmt.Errorf("unknown op %q", r.Op)
}

// call gives the request's field to do and has set put the result into the
// response.
func call[Q, R any](ctx context.Context, field *Q, do func(context.Context, Q) (R, error), set func(*Response, R)) (Response, error) {
	if field == nil {
		return Response{}, errors.New("the field that belongs to the op is missing")
	}
	result, err := do(ctx, *field)
	if err != nil {
		return Response{}, err
	}
	var to Response
	set(&to, result)
	return to, nil
}

// write writes a response as one line. What JSON can't hold, such as a power of
// NaN watts, becomes an error response.
func write(out io.Writer, r Response) error {
	if r.Error != nil {
		r = Response{ID: r.ID, Error: r.Error}
	}
	line, err := json.Marshal(r)
	if err != nil {
		if line, err = json.Marshal(Response{ID: r.ID, Error: errorOf(err)}); err != nil {
			return err
		}
	}
	_, err = out.Write(append(line, '\n'))
	return err
}

// errorOf is the error as it is sent.
func errorOf(err error) *Error {
	if err == nil {
		return nil
	}
	var f *trt.Failure
	if errors.As(err, &f) {
		return &Error{Class: f.Class, Message: f.Message, Log: f.Output}
	}
	return &Error{Message: err.Error()}
}
