;; A filter in the ABI of Proxy-Wasm 0.2.1 (https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1) that counts
;; what a request brings, and keeps none of it: 413 or 431 as soon as it is more than allowed.
;;
;; It has no state: how much has come, and how much may come, it asks Envoy each time. The bound of the body is the name
;; of the plugin, that of the headers its root id, both in decimal digits.
(module
  (import "env" "proxy_get_property" (func $property (param i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_send_local_response"
    (func $answer (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "request\00size\00")
  (data (i32.const 16) "request\00total_size\00")
  (data (i32.const 48) "plugin_name\00")
  (data (i32.const 64) "plugin_root_id\00")
  (data (i32.const 80) "request_payload_too_large")
  (data (i32.const 112) "request_headers_too_large")
  (data (i32.const 160) "response\00code\00")

  (func (export "proxy_abi_version_0_2_1"))
  (func (export "proxy_on_vm_start") (param i32 i32) (result i32) (i32.const 1))
  (func (export "proxy_on_configure") (param i32 i32) (result i32) (i32.const 1))
  (func (export "proxy_on_context_create") (param i32 i32))
  ;; The host puts a value here. One place is enough: each is read before the next is asked for.
  (func (export "proxy_on_memory_allocate") (param i32) (result i32) (i32.const 1024))

  ;; The value of the property whose path is $length bytes at $path; where it is goes to 144, its length to 148.
  (func $ask (param $path i32) (param $length i32)
    (drop (call $property (local.get $path) (local.get $length) (i32.const 144) (i32.const 148))))

  (func $count (param $path i32) (param $length i32) (result i64)
    (call $ask (local.get $path) (local.get $length))
    (i64.load (i32.load (i32.const 144))))

  (func $bound (param $path i32) (param $length i32) (result i64)
    (local $at i32) (local $end i32) (local $bound i64)
    (call $ask (local.get $path) (local.get $length))
    (local.set $at (i32.load (i32.const 144)))
    (local.set $end (i32.add (local.get $at) (i32.load (i32.const 148))))
    (loop $digits
      (if (i32.lt_u (local.get $at) (local.get $end)) (then
        (local.set $bound (i64.add
          (i64.mul (local.get $bound) (i64.const 10))
          (i64.extend_i32_u (i32.sub (i32.load8_u (local.get $at)) (i32.const 0x30)))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $digits))))
    (local.get $bound))

  ;; Answer with $status and the 25 bytes of detail at $detail, and go no further.
  (func $refuse (param $status i32) (param $detail i32) (result i32)
    (drop (call $answer (local.get $status) (local.get $detail) (i32.const 25)
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const -1)))
    (i32.const 1))

  ;; `request.size` is the content length where there is one, and what has come of the body where there is none.
  (func $body_is_large (result i32)
    (i64.gt_u (call $count (i32.const 0) (i32.const 13)) (call $bound (i32.const 48) (i32.const 12))))

  ;; `request.total_size` is the headers and what has come of the body: nothing yet.
  (func $headers_are_large (result i32)
    (i64.gt_u (call $count (i32.const 16) (i32.const 19)) (call $bound (i32.const 64) (i32.const 15))))

  ;; What follows the answer 101 is another protocol, and no body of a request.
  (func $is_upgraded (result i32)
    (if (result i32) (call $property (i32.const 160) (i32.const 14) (i32.const 144) (i32.const 148))
      (then (i32.const 0))
      (else (i64.eq (i64.load (i32.load (i32.const 144))) (i64.const 101)))))

  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (if (call $headers_are_large) (then (return (call $refuse (i32.const 431) (i32.const 112)))))
    (if (call $body_is_large) (then (return (call $refuse (i32.const 413) (i32.const 80)))))
    (i32.const 0))

  (func (export "proxy_on_request_body") (param i32 i32 i32) (result i32)
    (if (call $body_is_large) (then
      (if (i32.eqz (call $is_upgraded)) (then (return (call $refuse (i32.const 413) (i32.const 80)))))))
    (i32.const 0)))
