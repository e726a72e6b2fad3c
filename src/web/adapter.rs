//! The browser's WebGPU adapter, as far as choosing a device needs it.

use wasm_bindgen::prelude::*;

use crate::backend::Adapter;

// web-sys has these types behind an unstable flag only.
#[wasm_bindgen]
extern "C" {
    type Gpu;
    #[wasm_bindgen(thread_local_v2, js_namespace = navigator, js_name = gpu)]
    static GPU: Option<Gpu>;
    #[wasm_bindgen(method, catch, js_name = requestAdapter)]
    async fn request_adapter(this: &Gpu) -> Result<JsValue, JsValue>;

    type GpuAdapter;
    #[wasm_bindgen(method, getter)]
    fn info(this: &GpuAdapter) -> Option<GpuAdapterInfo>;

    type GpuAdapterInfo;
    #[wasm_bindgen(method, getter)]
    fn vendor(this: &GpuAdapterInfo) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn architecture(this: &GpuAdapterInfo) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn device(this: &GpuAdapterInfo) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn description(this: &GpuAdapterInfo) -> Option<String>;
    #[wasm_bindgen(method, getter, js_name = isFallbackAdapter)]
    fn is_fallback_adapter(this: &GpuAdapterInfo) -> Option<bool>;
}

/// Asks for an adapter; `None` where the browser has no WebGPU or no adapter for it.
pub(super) async fn request() -> Option<Adapter> {
    // A worker's own request, dropped again: burn asks for itself and gets the same one.
    let gpu: Gpu = GPU.with(|gpu| gpu.as_ref().map(|gpu| AsRef::<JsValue>::as_ref(gpu).clone().unchecked_into()))?;
    let adapter = gpu.request_adapter().await.ok().filter(|adapter| !adapter.is_null() && !adapter.is_undefined())?;
    let Some(info) = adapter.unchecked_into::<GpuAdapter>().info() else {
        return Some(Adapter { name: "WebGPU adapter".into(), software: false });
    };
    let parts = [info.description(), info.device(), info.architecture(), info.vendor()];
    let parts: Vec<String> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    let known_software = |part: &String| {
        let part = part.to_lowercase();
        ["swiftshader", "llvmpipe", "lavapipe", "basic render"].iter().any(|name| part.contains(name))
    };
    let software = info.is_fallback_adapter() == Some(true) || parts.iter().any(known_software);
    let name = parts.first().cloned().unwrap_or_else(|| "WebGPU adapter".into());
    Some(Adapter { name, software })
}
