//! Networks and whole runs against PyTorch; the golden tensors come from `training/composer_training/golden.py`, with the
//! same dequantized weights. Runs natively and, through wasm-bindgen-test, in a browser's worker.

#![allow(clippy::large_futures, reason = "one run at a time, on the main thread's stack")]

mod common;

use async_trait::async_trait;
use burn::tensor::{Tensor, TensorData};
use common::{Golden, Tiny, assert_close, manifest, strided, weights};
use composer::backend::{Cpu, cpu_device};
use composer::conditions::{ConditionSet, Palette, Raster, Weighted};
use composer::diffusion::SamplerKind;
use composer::image::Picture;
use composer::model::{
    Attention, Conditioning, Prior, ResnetBlock, Stem, TextEncoder, TextEncoding, UNet, UNetConfig, timestep_embedding,
};
use composer::pipeline::{Globals, Observer, Pipeline, Settings, Step};
use composer::{Error, Result};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test;

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_dedicated_worker);

/// One layer: f32 sums of a few hundred products, added in another order than PyTorch's.
const LAYER: f32 = 2e-5;
/// A whole network of some twenty layers.
const NETWORK: f32 = 2e-4;
/// A run of several network evaluations under guidance 3, each with the error of the one before.
const RUN: f32 = 5e-3;

/// Declares each test once, for the native harness and for the browser's.
macro_rules! golden_tests {
    ($($name:ident)*) => {
        $(
            #[cfg(not(target_arch = "wasm32"))]
            #[test]
            fn $name() {
                pollster::block_on(cases::$name());
            }

            #[cfg(target_arch = "wasm32")]
            #[wasm_bindgen_test]
            async fn $name() {
                cases::$name().await;
            }
        )*
    };
}

golden_tests! {
    layers_compute_what_pytorch_computes
    the_tokenizer_gives_the_ids_of_training
    the_text_encoder_computes_what_pytorch_computes
    the_prior_computes_what_pytorch_computes
    the_base_computes_what_pytorch_computes
    the_upsampler_computes_what_pytorch_computes
    a_ddim_run_ends_where_the_reference_ends
    a_dpm_solver_run_ends_where_the_reference_ends
    the_same_seed_gives_the_same_picture
    a_stopped_run_makes_no_further_step
}

fn tensor<const D: usize>(golden: &Golden, name: &str) -> Tensor<Cpu, D> {
    Tensor::from_data(TensorData::new(golden.get(name), golden.shape::<D>(name)), &cpu_device())
}

fn values<const D: usize>(tensor: Tensor<Cpu, D>) -> Vec<f32> {
    tensor.into_data().into_vec().expect("the backend computes in f32")
}

fn silu(tensor: Tensor<Cpu, 2>) -> Tensor<Cpu, 2> {
    burn::tensor::activation::silu(tensor)
}

fn golden(name: &str) -> Golden {
    Golden::new(match name {
        "blocks" => include_bytes!("fixtures/golden/blocks.safetensors"),
        "text" => include_bytes!("fixtures/golden/text.safetensors"),
        "prior" => include_bytes!("fixtures/golden/prior.safetensors"),
        "base" => include_bytes!("fixtures/golden/base.safetensors"),
        "upsampler" => include_bytes!("fixtures/golden/upsampler.safetensors"),
        "conditions" => include_bytes!("fixtures/golden/conditions.safetensors"),
        "loop" => include_bytes!("fixtures/golden/loop.safetensors"),
        other => panic!("there is no golden file {other}"),
    })
}

/// The scene that every whole-network golden is conditioned on.
struct Scene {
    golden: Golden,
}

impl Scene {
    fn new() -> Self {
        Self { golden: golden("conditions") }
    }

    fn plane(&self, name: &str, size: usize, scale: f32) -> Raster {
        Raster::new(1, size, self.golden.get(name).iter().map(|value| value / scale).collect())
    }

    /// Categories one by one, then the boundary.
    fn instances(&self) -> Raster {
        let map = self.golden.get("instances64");
        let mut data = Vec::with_capacity(17 * map.len());
        for category in 0..16u8 {
            data.extend(map.iter().map(|&value| f32::from(u8::from(value as u8 == category))));
        }
        data.extend(self.golden.get("boundary64").iter().map(|&value| f32::from(u8::from(value > 0.0))));
        Raster::new(17, 64, data)
    }

    /// The picture at 64 (rounded to bytes, as the reference has it) or at 256, values in [-1, 1].
    fn pixels(&self, size: usize) -> Vec<f32> {
        let name = if size == 64 { "picture64" } else { "picture256" };
        let bytes = self.golden.get(name).iter().map(|&value| value as u8).collect();
        Picture::new(size as u32, size as u32, bytes).expect("the scene is a picture").to_planar()
    }

    fn intensity(&self, size: usize) -> Raster {
        let pixels = self.pixels(size);
        let [red, green, blue] = [0, 1, 2].map(|plane| &pixels[plane * size * size..][..size * size]);
        let luma = |i| 0.299 * red[i] + 0.587 * green[i] + 0.114 * blue[i];
        Raster::new(1, size, (0..size * size).map(luma).collect())
    }

    fn masking(&self, size: usize) -> Raster {
        let free = self.plane("mask64", 64, 1.0).nearest(size / 64);
        let kept = free.data.iter().map(|m| 1.0 - m);
        let pixels = self.pixels(size).into_iter().zip(kept.clone().collect::<Vec<_>>().into_iter().cycle());
        Raster::new(4, size, pixels.map(|(x, kept)| x * kept).chain(kept).collect())
    }

    /// All local conditions at one size, in the network's order.
    fn locals(&self, size: usize) -> [Raster; 5] {
        let enlarge = size / 64;
        [
            self.plane("sketch256", 256, 255.0).box_mean(256 / size),
            self.instances().nearest(enlarge),
            self.plane("depth64", 64, 255.0).bilinear(enlarge),
            self.intensity(size),
            self.masking(size),
        ]
    }
}

struct Silent;

#[async_trait(?Send)]
impl Observer for Silent {
    async fn step(&mut self, _: Step<'_>) -> Result<()> {
        Ok(())
    }
}

async fn pipeline() -> Pipeline<Cpu> {
    let mut pipeline = Pipeline::new(manifest().await, cpu_device());
    let stages = ["text_encoder", "prior", "base", "upsampler"];
    pipeline.load(&Tiny, &stages, &mut |_| {}).await.expect("the tiny model loads");
    pipeline
}

fn settings(sampler: SamplerKind, steps: usize) -> Settings {
    Settings { seed: 7, sampler, guidance: 3.0, prior_steps: steps, base_steps: steps, upsampler_steps: steps }
}

async fn run(sampler: SamplerKind, steps: usize, key: &str) {
    let (pipeline, golden, scene) = (pipeline().await, golden("loop"), Scene::new());
    let settings = settings(sampler, steps);
    let small = Picture::new(64, 64, scene.golden.get("picture64").iter().map(|&v| v as u8).collect());
    let conditions = ConditionSet {
        sketch: Some(Weighted::new(scene.plane("sketch256", 256, 255.0))),
        palette: Some(Weighted::new(Palette::from_picture(&small.expect("the scene is a picture")))),
        caption: Some(Weighted::new("a red apple, 3d emoji".into())),
        ..ConditionSet::default()
    };
    let caption = pipeline.encode_caption("a red apple, 3d emoji").await.expect("the caption is encoded");
    let noise = golden.get("prior_noise");
    let semantics = pipeline.sample_semantics(&caption, noise, &settings, &mut Silent).await.expect("the prior runs");
    assert_close(&semantics, &golden.get(&format!("{key}.semantics")), RUN, "semantics");

    let globals = Globals { caption: Some(caption), semantics: Some(semantics) };
    let noise = golden.get("base_noise");
    let small =
        pipeline.sample_base(&conditions, &globals, noise, &settings, &mut Silent).await.expect("the base runs");
    assert_close(&small.data, &golden.get(&format!("{key}.picture64")), RUN, "picture at 64");

    let noise = self::golden("upsampler").get("noisy");
    let large = pipeline.sample_upsampler(&small, &conditions, &globals, noise, &settings, &mut Silent).await;
    let large = large.expect("the upsampler runs");
    // The golden picture is stored in half precision, 5e-4 near 1.
    assert_close(&strided(&large.data, 256), &golden.get(&format!("{key}.picture256_strided")), RUN, "picture at 256");
}

mod cases {
    use super::*;

    pub(super) async fn layers_compute_what_pytorch_computes() {
        let golden = golden("blocks");
        for (index, timestep) in golden.get("timestep_embedding.timesteps").into_iter().enumerate() {
            let want = &golden.get("timestep_embedding.output")[index * 32..(index + 1) * 32];
            assert_close(&timestep_embedding(timestep as usize, 32), want, LAYER, "timestep embedding");
        }
        let base = weights::<Cpu>("base", None, &cpu_device()).await;
        let root = base.root();

        let scope = root.at("down_blocks.1.resnets.0");
        let resnet = ResnetBlock::load(&scope, 24, 24, 32, 8).expect("the block loads");
        let got = resnet.forward(tensor(&golden, "resnet.sample"), silu(tensor(&golden, "resnet.temb")));
        assert_close(&values(got), &golden.get("resnet.output"), LAYER, "resnet");

        let scope = root.at("up_blocks.1.resnets.0");
        let resnet = ResnetBlock::load(&scope, 32, 16, 32, 8).expect("the block loads");
        let temb = silu(tensor(&golden, "resnet_shortcut.temb"));
        let got = resnet.forward(tensor(&golden, "resnet_shortcut.sample"), temb);
        assert_close(&values(got), &golden.get("resnet_shortcut.output"), LAYER, "resnet with shortcut");

        let attention = Attention::load(&root.at("mid_block.attentions.0"), 24, 16, 8, 8).expect("the block loads");
        let got = attention.forward(
            tensor(&golden, "attention.sample"),
            tensor(&golden, "attention.context"),
            tensor(&golden, "attention.bias"),
        );
        assert_close(&values(got), &golden.get("attention.output"), LAYER, "attention");

        let stem = Stem::load(&root.at("stems.sketch"), 4, 8).expect("the stem loads");
        let size = golden.shape::<4>("stem.sketch")[3];
        let patches = composer::tensor::pixel_unshuffle(&golden.get("stem.sketch"), 1, size, 2);
        let patches = Tensor::from_data(TensorData::new(patches, [1, 4, size / 2, size / 2]), &cpu_device());
        assert_close(&values(stem.forward(patches)), &golden.get("stem.output"), LAYER, "stem");
    }

    async fn text_encoder() -> TextEncoder<Cpu> {
        let weights = weights::<Cpu>("text_encoder", Some(TextEncoder::<Cpu>::HOST_PREFIX), &cpu_device()).await;
        let config = manifest().await.config("text_encoder").expect("the configuration is sound");
        let tokenizer = include_bytes!("fixtures/models/tiny/tokenizer.json");
        TextEncoder::load(weights, config, tokenizer).await.expect("the text encoder loads")
    }

    fn captions() -> Vec<String> {
        serde_json::from_str(include_str!("fixtures/golden/captions.json")).expect("the captions are a list")
    }

    pub(super) async fn the_tokenizer_gives_the_ids_of_training() {
        let (golden, encoder) = (golden("text"), text_encoder().await);
        for (index, caption) in captions().iter().enumerate() {
            let got: Vec<f32> = encoder.tokenize(caption).expect("it tokenizes").iter().map(|&id| id as f32).collect();
            assert_eq!(got, golden.get(&format!("ids.{index}")), "{caption}");
        }
    }

    pub(super) async fn the_text_encoder_computes_what_pytorch_computes() {
        let (golden, encoder) = (golden("text"), text_encoder().await);
        for (index, caption) in captions().iter().take(2).enumerate() {
            let got = encoder.encode(caption).await.expect("it encodes");
            assert_close(&got.tokens, &golden.get(&format!("tokens.{index}")), NETWORK, "tokens");
            assert_close(&got.sentence, &golden.get(&format!("sentence.{index}")), NETWORK, "sentence");
        }
    }

    pub(super) async fn the_prior_computes_what_pytorch_computes() {
        let golden = golden("prior");
        let weights = weights::<Cpu>("prior", None, &cpu_device()).await;
        let config = manifest().await.config("prior").expect("the configuration is sound");
        let prior = Prior::load(&weights.root(), config).expect("the prior loads");
        let words = golden.get("token_mask")[..64].iter().filter(|&&present| present > 0.0).count();
        let caption = TextEncoding {
            tokens: golden.get("tokens")[..words * 32].to_vec(),
            sentence: golden.get("sentence")[..32].to_vec(),
        };
        let encoded = prior.encode(&caption, true).expect("the widths agree");
        let (noisy, timesteps) = (golden.get("noisy"), golden.get("timestep"));
        // Row 0 has the caption, row 1 has not; each has its own noise and timestep.
        let with =
            prior.predict(&noisy[..32], timesteps[0] as usize, &encoded).await.expect("the prior runs").remove(0);
        let without =
            prior.predict(&noisy[32..], timesteps[1] as usize, &encoded).await.expect("the prior runs").remove(1);
        assert_close(&with, &golden.get("output")[..32], NETWORK, "with the caption");
        assert_close(&without, &golden.get("output")[32..], NETWORK, "without the caption");
    }

    async fn unet(stage: &str) -> UNet<Cpu> {
        let weights = weights::<Cpu>(stage, None, &cpu_device()).await;
        let config: UNetConfig = manifest().await.config(stage).expect("the configuration is sound");
        UNet::load(&weights.root(), config).expect("the network loads")
    }

    pub(super) async fn the_base_computes_what_pytorch_computes() {
        let (golden, base, scene) = (golden("base"), unet("base").await, Scene::new());
        let locals = scene.locals(64);
        let words = golden.get("token_mask").iter().take(11).filter(|&&present| present > 0.0).count();
        let (tokens, sentence) = (golden.get("tokens"), golden.get("sentence"));
        let (semantics, palette) = (golden.get("semantics"), golden.get("palette"));
        let all = Conditioning {
            tokens: &tokens[..words * 32],
            sentence: &sentence[..32],
            semantics: &semantics[..32],
            palette: &palette[..156],
            global_weight: [1.0; 3],
            local: locals.each_ref().map(|raster| raster.data.as_slice()),
            local_weight: [1.0; 5],
        };
        let (noisy, timesteps, area) = (golden.get("noisy"), golden.get("timestep"), 3 * 64 * 64);
        let batch = base.encode(&[all, Conditioning::NONE]);
        let run = async |sample: &[f32], timestep: usize, encoded| {
            base.predict(sample, timestep, encoded, None).await.expect("the base runs")
        };
        let first = run(&noisy[..area], timesteps[0] as usize, &batch).await;
        let second = run(&noisy[area..], timesteps[1] as usize, &batch).await;
        let want = golden.get("output");
        assert_close(&first[0], &want[..area], NETWORK, "every condition");
        assert_close(&second[1], &want[area..], NETWORK, "no condition");

        let half = Conditioning { global_weight: [0.5, 1.0, 0.25], local_weight: [1.0, 0.0, 0.5, 0.0, 0.0], ..all };
        let got = run(&noisy[..area], 999, &base.encode(&[half])).await;
        assert_close(&got[0], &golden.get("half_output"), NETWORK, "weights between 0 and 1");
    }

    pub(super) async fn the_upsampler_computes_what_pytorch_computes() {
        let (golden, upsampler, scene) = (golden("upsampler"), unet("upsampler").await, Scene::new());
        let locals = scene.locals(256);
        let caption = text_encoder().await.encode("a red apple, 3d emoji").await.expect("it encodes");
        let bytes: Vec<u8> = scene.golden.get("picture64").iter().map(|&value| value as u8).collect();
        let small = Picture::new(64, 64, bytes).expect("the scene is a picture");
        let palette = Palette::from_picture(&small);
        let semantics = golden.get("semantics");
        let conditioning = Conditioning {
            tokens: &caption.tokens,
            sentence: &caption.sentence,
            semantics: &semantics,
            palette: &palette.0,
            global_weight: [1.0; 3],
            local: locals.each_ref().map(|raster| raster.data.as_slice()),
            local_weight: [1.0; 5],
        };
        let image = Raster::new(3, 64, small.to_planar()).bilinear(4);
        // Stored in half precision.
        assert_close(&strided(&image.data, 256), &golden.get("image_strided"), 1e-3, "enlarged picture");
        let encoded = upsampler.encode(&[conditioning]);
        let got = upsampler.predict(&golden.get("noisy"), 300, &encoded, Some(&image.data)).await;
        let got = got.expect("the upsampler runs");
        assert_close(&strided(&got[0], 256), &golden.get("output_strided"), NETWORK, "output");
    }

    pub(super) async fn a_ddim_run_ends_where_the_reference_ends() {
        run(SamplerKind::Ddim { eta: 0.0 }, 3, "ddim").await;
    }

    pub(super) async fn a_dpm_solver_run_ends_where_the_reference_ends() {
        run(SamplerKind::DpmSolverPlusPlus2M, 5, "dpmpp_2m").await;
    }

    pub(super) async fn the_same_seed_gives_the_same_picture() {
        let pipeline = pipeline().await;
        let conditions = ConditionSet { caption: Some(Weighted::new("a cat".into())), ..ConditionSet::default() };
        let once = async |seed| {
            let settings = Settings { seed, ..settings(SamplerKind::DpmSolverPlusPlus2M, 2) };
            pipeline.generate(&conditions, &settings, &mut Silent).await.expect("it runs")
        };
        assert_eq!(once(1).await, once(1).await);
        assert_ne!(once(1).await, once(2).await);
    }

    pub(super) async fn a_stopped_run_makes_no_further_step() {
        struct StopAt(usize);
        #[async_trait(?Send)]
        impl Observer for StopAt {
            async fn step(&mut self, _: Step<'_>) -> Result<()> {
                self.0 -= 1;
                if self.0 == 0 { Err(Error::Cancelled) } else { Ok(()) }
            }
        }
        let pipeline = pipeline().await;
        let mut observer = StopAt(2);
        let settings = settings(SamplerKind::DpmSolverPlusPlus2M, 50);
        // The third step would underflow the counter.
        let outcome = pipeline.generate(&ConditionSet::default(), &settings, &mut observer).await;
        assert_eq!(outcome.err(), Some(Error::Cancelled));
    }
}
