//! Networks and whole runs against PyTorch; the golden tensors come from `training/composer_training/golden.py`, with the
//! same dequantized weights. Runs natively and, through wasm-bindgen-test, in a browser's worker.

#![allow(clippy::large_futures, reason = "one run at a time, on the main thread's stack")]

mod common;

use async_trait::async_trait;
use burn::tensor::{Tensor, TensorData};
use common::{Golden, Tiny, assert_close, manifest, strided, weights};
use composer::backend::{Cpu, cpu_device};
use composer::conditions::{
    CATEGORIES, ConditionSet, Depth, Instances, Palette, Raster, Semantics, Weighted, mask_from_instances,
};
use composer::diffusion::SamplerKind;
use composer::image::Picture;
use composer::model::{
    Attention, Conditioning, ConvKind, Decomposer, ImageEncoder, Kernels, Layout, Prior, PriorLayer, Projection,
    ResnetBlock, Stem, TextEncoder, TextEncoding, UNet, UNetConfig, Vocabulary, conv2d, double, timestep_embedding,
};
use composer::pipeline::{DECOMPOSE_STAGES, Globals, Guide, Observer, Part, Pipeline, Plan, Settings, Step, Trace};
use composer::weights::manifest::{DType, Quantization, TensorEntry};
use composer::weights::quantization::Stored;
use composer::{Error, Result};
use safetensors::SafeTensors;
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
    convolutions_of_any_size_are_plain_sums
    linear_layers_of_any_size_are_plain_sums
    layers_compute_what_pytorch_computes
    stored_weights_are_what_the_quantizer_meant
    the_tokenizer_gives_the_ids_of_training
    the_text_encoder_computes_what_pytorch_computes
    the_prior_computes_what_pytorch_computes
    the_base_computes_what_pytorch_computes
    the_upsampler_computes_what_pytorch_computes
    the_decomposer_computes_what_pytorch_computes
    the_image_encoder_computes_what_pytorch_computes
    the_projection_computes_what_pytorch_computes
    guesses_are_the_labels_of_the_best_scores
    a_picture_is_taken_apart_into_eight_representations
    semantics_instances_and_depth_each_change_the_picture
    given_semantics_take_the_place_of_the_prior
    a_ddim_run_ends_where_the_reference_ends
    a_dpm_solver_run_ends_where_the_reference_ends
    the_same_seed_gives_the_same_picture
    a_stopped_run_makes_no_further_step
}

/// The model that ships: MiniLM with word embeddings in int4, and its tokenizer. Natively only, since no test carries it along.
#[cfg(all(not(target_arch = "wasm32"), feature = "cli"))]
#[test]
fn the_shipped_text_encoder_computes_what_pytorch_computes() {
    use composer::weights::{native::ModelLocation, read_manifest};

    let model = ModelLocation::parse(concat!(env!("CARGO_MANIFEST_DIR"), "/www/models/default"));
    let golden = Golden::new(include_bytes!("fixtures/golden/minilm.safetensors"));
    pollster::block_on(async {
        let (manifest, _) = read_manifest(&model).await.expect("the model is there");
        let mut pipeline = Pipeline::<Cpu>::new(manifest, cpu_device());
        pipeline.load(&model, &["text_encoder"], &mut |_| {}).await.expect("it loads");
        for (index, caption) in cases::captions().iter().enumerate() {
            let got = pipeline.encode_caption(caption).await.expect("it encodes");
            let words = got.tokens.len() / got.sentence.len();
            assert_eq!(words, golden.get(&format!("ids.{index}")).len(), "{caption}");
            if index == 0 {
                assert_close(&got.tokens, &golden.get("tokens.0"), NETWORK, "tokens");
            }
            if [0, 1, 3].contains(&index) {
                assert_close(&got.sentence, &golden.get(&format!("sentence.{index}")), NETWORK, caption);
            }
        }
    });
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
        "decomposer" => include_bytes!("fixtures/golden/decomposer.safetensors"),
        "image_encoder" => include_bytes!("fixtures/golden/image_encoder.safetensors"),
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

    fn picture(&self) -> Picture {
        let bytes = self.golden.get("picture256").iter().map(|&value| value as u8).collect();
        Picture::new(256, 256, bytes).expect("the scene is a picture")
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
    Settings { seed: 7, sampler, prior_steps: steps, base_steps: steps, upsampler_steps: steps }
}

fn plan(conditions: ConditionSet, settings: Settings) -> Plan {
    Plan::new(settings, Guide::classifier_free(conditions, 3.0))
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
    let semantics = pipeline.sample_semantics(&caption, noise, 3.0, &settings, &mut Silent).await;
    let semantics = semantics.expect("the prior runs");
    assert_close(&semantics, &golden.get(&format!("{key}.semantics")), RUN, "semantics");

    let globals = Globals { caption: Some(caption), semantics: Some(semantics) };
    let noise = golden.get("base_noise");
    let part = Part { conditions, globals, share: 3.0 };
    let parts = vec![part.clone(), Part { share: -2.0, ..Part::default() }];
    let small = pipeline.sample_base(parts, noise, &settings, &mut Silent).await.expect("the base runs");
    assert_close(&small.data, &golden.get(&format!("{key}.picture64")), RUN, "picture at 64");

    let noise = self::golden("upsampler").get("noisy");
    let large = pipeline.sample_upsampler(&small, part, noise, &settings, &mut Silent).await;
    let large = large.expect("the upsampler runs");
    // The golden picture is stored in half precision, 5e-4 near 1.
    assert_close(&strided(&large.data, 256), &golden.get(&format!("{key}.picture256_strided")), RUN, "picture at 256");
}

/// Any numbers between -1 and 1.
fn numbers(count: usize, seed: usize) -> Vec<f32> {
    (0..count).map(|index| ((index + seed) * 7919 % 193) as f32 / 96.0 - 1.0).collect()
}

mod cases {
    use super::*;

    pub(super) async fn convolutions_of_any_size_are_plain_sums() {
        let sizes = [[1, 1, 1, 1, 1], [2, 3, 5, 4, 7], [1, 9, 4, 3, 5], [1, 8, 13, 9, 2], [2, 6, 8, 8, 6]];
        for (kind, kernel, stride) in [(ConvKind::Pointwise, 1, 1), (ConvKind::Same, 3, 1), (ConvKind::Halving, 3, 2)] {
            for [batch, inputs, outputs, height, width] in sizes {
                let input = numbers(batch * inputs * height * width, 1);
                let weight = numbers(outputs * inputs * kernel * kernel, 2);
                let bias = numbers(outputs, 3);
                let (out_height, out_width) = (height.div_ceil(stride), width.div_ceil(stride));
                let mut want = Vec::new();
                for index in 0..batch * outputs * out_height * out_width {
                    let (x, y) = (index % out_width, index / out_width % out_height);
                    let (output, sample) =
                        (index / out_width / out_height % outputs, index / out_width / out_height / outputs);
                    let mut sum = f64::from(bias[output]);
                    for term in 0..inputs * kernel * kernel {
                        let channel = term / kernel / kernel;
                        let row = (y * stride + term / kernel % kernel).checked_sub(kernel / 2);
                        let column = (x * stride + term % kernel).checked_sub(kernel / 2);
                        if let (Some(row), Some(column)) = (row.filter(|y| *y < height), column.filter(|x| *x < width))
                        {
                            let seen = input[((sample * inputs + channel) * height + row) * width + column];
                            sum += f64::from(seen) * f64::from(weight[output * inputs * kernel * kernel + term]);
                        }
                    }
                    want.push(sum as f32);
                }
                let device = cpu_device();
                let weight = TensorData::new(weight, [outputs, inputs, kernel, kernel]);
                let got = Cpu::convolve(
                    Tensor::from_data(TensorData::new(input, [batch, inputs, height, width]), &device),
                    Cpu::arrange_conv(Tensor::from_data(weight, &device)),
                    Tensor::from_data(TensorData::new(bias, [outputs]), &device),
                    kind,
                );
                assert_eq!(got.dims(), [batch, outputs, out_height, out_width]);
                assert_close(&values(got), &want, LAYER, &format!("{kind:?} {inputs} {outputs} {height} {width}"));
            }
        }
    }

    pub(super) async fn linear_layers_of_any_size_are_plain_sums() {
        for [rows, inputs, outputs] in [[1, 1, 1], [3, 5, 7], [4, 8, 8], [5, 9, 17], [2, 3, 24], [17, 33, 40]] {
            let (input, weight) = (numbers(rows * inputs, 1), numbers(outputs * inputs, 2));
            let bias = numbers(outputs, 3);
            let mut want = Vec::new();
            for row in input.chunks(inputs) {
                for (weight, bias) in weight.chunks(inputs).zip(&bias) {
                    let products = row.iter().zip(weight).map(|(x, w)| f64::from(*x) * f64::from(*w));
                    want.push((products.sum::<f64>() + f64::from(*bias)) as f32);
                }
            }
            let device = cpu_device();
            let weight: Tensor<Cpu, 2> = Tensor::from_data(TensorData::new(weight, [outputs, inputs]), &device);
            let got = Cpu::apply_linear(
                Tensor::from_data(TensorData::new(input, [rows, inputs]), &device),
                Cpu::arrange_linear(weight.transpose()),
                Tensor::from_data(TensorData::new(bias, [outputs]), &device),
            );
            assert_eq!(got.dims(), [rows, outputs]);
            assert_close(&values(got), &want, LAYER, &format!("{rows} {inputs} {outputs}"));
        }
    }

    pub(super) async fn layers_compute_what_pytorch_computes() {
        let golden = golden("blocks");
        for (index, timestep) in golden.get("timestep_embedding.timesteps").into_iter().enumerate() {
            let want = &golden.get("timestep_embedding.output")[index * 32..(index + 1) * 32];
            assert_close(&timestep_embedding(timestep as usize, 32), want, LAYER, "timestep embedding");
        }
        let base = weights::<Cpu>("base", None, &cpu_device()).await;
        let root = base.root();

        let scope = root.at("down_blocks.1.resnets.0");
        let resnet = ResnetBlock::load(&scope, 24, 24, Some(32), 8).expect("the block loads");
        let got = resnet.forward(tensor(&golden, "resnet.sample"), Some(silu(tensor(&golden, "resnet.temb"))));
        assert_close(&values(got), &golden.get("resnet.output"), LAYER, "resnet");

        let scope = root.at("up_blocks.1.resnets.0");
        let resnet = ResnetBlock::load(&scope, 32, 16, Some(32), 8).expect("the block loads");
        let temb = silu(tensor(&golden, "resnet_shortcut.temb"));
        let got = resnet.forward(tensor(&golden, "resnet_shortcut.sample"), Some(temb));
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

        let scope = root.at("down_blocks.0.downsampler");
        let downsampler = conv2d(&scope, 16, 24, ConvKind::Halving).expect("the convolution loads");
        let got = downsampler.forward(tensor(&golden, "downsample.sample"));
        assert_close(&values(got), &golden.get("downsample.output"), LAYER, "downsampling");

        let scope = root.at("up_blocks.0.upsampler");
        let upsampler = conv2d(&scope, 24, 16, ConvKind::Same).expect("the convolution loads");
        let got = double(upsampler.forward(tensor(&golden, "upsample.sample")));
        assert_close(&values(got), &golden.get("upsample.output"), LAYER, "upsampling");

        let config = manifest().await.config("base").expect("the configuration is sound");
        let layout = Layout::load(&root, &config).expect("the layout loads");
        let weight: Tensor<Cpu, 2> = tensor(&golden, "layout.weight");
        let [sentence, semantics, palette]: [Tensor<Cpu, 2>; 3] =
            ["sentence", "semantics", "palette"].map(|name| tensor(&golden, &format!("layout.{name}")));
        let parts = [sentence, semantics, palette.sqrt()];
        let globals = std::array::from_fn(|index| parts[index].clone() * weight.clone().narrow(1, index, 1));
        assert_close(&values(layout.forward(globals, None)), &golden.get("layout.output"), LAYER, "layout");

        let prior = weights::<Cpu>("prior", None, &cpu_device()).await;
        let layer = PriorLayer::load(&prior.root().at("transformer_blocks.0"), 32, 16).expect("the layer loads");
        let got = layer.forward(tensor(&golden, "prior_layer.hidden"), tensor(&golden, "prior_layer.bias"));
        assert_close(&values(got), &golden.get("prior_layer.output"), LAYER, "layer of the prior");
    }

    pub(super) async fn stored_weights_are_what_the_quantizer_meant() {
        let file = SafeTensors::deserialize(include_bytes!("fixtures/golden/quantize.safetensors"));
        let file = file.expect("the golden file is whole");
        for (quantization, dtype) in [(Quantization::Int8, DType::I8), (Quantization::Int4, DType::U8)] {
            let scheme = if quantization == Quantization::Int8 { "int8" } else { "int4" };
            let part = |name: &str| file.tensor(&format!("{scheme}.{name}")).expect("the golden file has it");
            let (stored, scale, output) = (part("stored"), part("scale"), part("output"));
            let entry = TensorEntry {
                name: scheme.into(),
                shape: output.shape().to_vec(),
                dtype,
                quantization,
                shard: 0,
                offset: 0,
                scale_offset: Some(stored.data().len() as u64),
                rows: None,
            };
            let shard = [stored.data(), scale.data()].concat();
            let got = Stored::find(&entry, &shard).expect("the shard is whole").read_all();
            let (want, _) = output.data().as_chunks::<4>();
            assert_eq!(got, want.iter().map(|&four| f32::from_le_bytes(four)).collect::<Vec<_>>(), "{scheme}");
        }
    }

    async fn text_encoder() -> TextEncoder<Cpu> {
        let weights = weights::<Cpu>("text_encoder", Some(TextEncoder::<Cpu>::HOST_PREFIX), &cpu_device()).await;
        let config = manifest().await.config("text_encoder").expect("the configuration is sound");
        let tokenizer = include_bytes!("fixtures/models/tiny/tokenizer.json");
        TextEncoder::load(weights, config, tokenizer).await.expect("the text encoder loads")
    }

    pub(super) fn captions() -> Vec<String> {
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

        let half = Conditioning { global_weight: [0.5, 1.0, 0.25], local_weight: [0.25, 0.0, 0.5, 0.0, 0.0], ..all };
        let encoded = base.encode(&[half]);
        let got = run(&noisy[..area], 999, &encoded).await;
        assert_close(&got[0], &golden.get("half_output"), NETWORK, "weights between 0 and 1");

        let masked = Conditioning { local_weight: [0.0, 0.0, 0.0, 0.0, 0.75], ..half };
        let encoded = base.encode(&[masked]);
        let got = run(&noisy[..area], 999, &encoded).await;
        assert_close(&got[0], &golden.get("masked_output"), NETWORK, "the layout behind a masking");
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

    pub(super) async fn the_decomposer_computes_what_pytorch_computes() {
        let golden = golden("decomposer");
        let weights = weights::<Cpu>("decomposer", None, &cpu_device()).await;
        let config = manifest().await.config("decomposer").expect("the configuration is sound");
        let decomposer = Decomposer::load(&weights.root(), config).expect("the decomposer loads");
        let image = Scene::new().pixels(256);
        let logits = decomposer.logits(&image).await.expect("the decomposer runs");
        assert_close(&strided(&logits.sketch, 256), &golden.get("sketch_strided"), NETWORK, "sketch");
        assert_close(&strided(&logits.instances, 64), &golden.get("instances_strided"), NETWORK, "instances");
        assert_close(&logits.depth, &golden.get("depth"), NETWORK, "depth");

        let maps = decomposer.decompose(&image).await.expect("the decomposer runs");
        for (at, &category) in maps.category.iter().enumerate() {
            let score = |category: usize| logits.instances[category * 64 * 64 + at];
            assert!((0..CATEGORIES).all(|other| score(other) <= score(usize::from(category))), "place {at}");
        }
        let sigmoid = |logit: &f32| 1.0 / (1.0 + (-logit).exp());
        let boundary: Vec<f32> = logits.instances[CATEGORIES * 64 * 64..].iter().map(sigmoid).collect();
        assert_close(&maps.boundary, &boundary, LAYER, "boundary");
        assert_close(&maps.sketch, &logits.sketch.iter().map(sigmoid).collect::<Vec<_>>(), LAYER, "sketch in (0, 1)");
    }

    async fn projection() -> Projection<Cpu> {
        let weights = weights::<Cpu>("projection", None, &cpu_device()).await;
        let config = manifest().await.config("projection").expect("the configuration is sound");
        Projection::load(&weights.root(), config).expect("the projection loads")
    }

    pub(super) async fn the_image_encoder_computes_what_pytorch_computes() {
        let (golden, picture) = (golden("image_encoder"), Scene::new().picture());
        let weights = weights::<Cpu>("image_encoder", None, &cpu_device()).await;
        let config = manifest().await.config("image_encoder").expect("the configuration is sound");
        let encoder = ImageEncoder::load(&weights.root(), config).expect("the image encoder loads");
        assert_close(&encoder.prepare(&picture), &golden.get("prepared"), LAYER, "prepared pixels");
        let features = encoder.encode(&picture).await.expect("the image encoder runs");
        assert_close(&features, &golden.get("features"), NETWORK, "features");
        let semantics = projection().await.encode_image(&features).await.expect("the projection runs");
        assert_close(&semantics, &golden.get("semantics"), NETWORK, "semantics");
    }

    pub(super) async fn the_projection_computes_what_pytorch_computes() {
        let (golden, projection) = (golden("text"), projection().await);
        let image = projection.encode_image(&golden.get("projection.features")).await.expect("the projection runs");
        assert_close(&image, &golden.get("projection.image"), NETWORK, "image");
        let text = projection.encode_text(&golden.get("sentence.0")).await.expect("the projection runs");
        assert_close(&text, &golden.get("projection.text"), NETWORK, "text");
        assert_eq!(projection.encode_image(&[0.0; 3]).await.map_err(|error| error.code()), Err("manifest"));
    }

    /// The tiny vocabulary in the order of PyTorch's scores, the best first.
    async fn best_labels(golden: &Golden) -> Vec<String> {
        #[derive(serde::Deserialize)]
        struct Labels {
            labels: Vec<String>,
        }
        let Labels { labels } = manifest().await.config("vocabulary").expect("the configuration is sound");
        let mut scored: Vec<_> = golden.get("scores").into_iter().zip(labels).collect();
        scored.sort_by(|one, other| other.0.total_cmp(&one.0));
        scored.into_iter().map(|(_, label)| label).collect()
    }

    pub(super) async fn guesses_are_the_labels_of_the_best_scores() {
        let golden = golden("image_encoder");
        let mut weights = weights::<Cpu>("vocabulary", Some(Vocabulary::HOST_PREFIX), &cpu_device()).await;
        let config = manifest().await.config("vocabulary").expect("the configuration is sound");
        let vocabulary = Vocabulary::load(&mut weights, config, 32).expect("the vocabulary loads");
        let semantics = golden.get("semantics");
        assert_close(&vocabulary.scores(&semantics), &golden.get("scores"), NETWORK, "scores");
        let guesses = vocabulary.guess(&semantics, 3);
        let labels: Vec<String> = guesses.iter().map(|(label, _)| label.clone()).collect();
        assert_eq!(labels, best_labels(&golden).await[..3]);
        assert!(guesses.windows(2).all(|pair| pair[0].1 >= pair[1].1));
        assert_eq!(vocabulary.guess(&semantics, 1000).len(), 10, "no more guesses than labels");
    }

    pub(super) async fn a_picture_is_taken_apart_into_eight_representations() {
        let (golden, scene) = (golden("image_encoder"), Scene::new());
        let mut pipeline = Pipeline::<Cpu>::new(manifest().await, cpu_device());
        let picture = scene.picture();
        let early = pipeline.decompose(&picture).await.map_err(|error| error.code());
        assert_eq!(early, Err("manifest"), "nothing is loaded yet");
        pipeline.load(&Tiny, &DECOMPOSE_STAGES, &mut |_| {}).await.expect("the tiny model loads");

        let parts = pipeline.decompose(&picture).await.expect("it runs");
        assert_eq!(parts.picture, picture, "256 x 256 is the size to which others are fitted");
        let maps = &parts.maps;
        assert_eq!((maps.sketch.channels, maps.sketch.size), (1, 256));
        assert!(maps.sketch.data.iter().all(|value| (0.0..=1.0).contains(value)));
        assert_eq!(parts.mask, mask_from_instances(&maps.instances, &[]));
        assert_close(&parts.intensity.data, &scene.intensity(256).data, LAYER, "intensity");
        let small = scene.golden.get("picture64").iter().map(|&value| value as u8).collect();
        let small = Picture::new(64, 64, small).expect("the scene is a picture");
        assert_eq!(parts.palette, Palette::from_picture(&small), "training counts the small picture's colours");
        assert_close(parts.semantics.values(), &golden.get("semantics"), NETWORK, "semantics");
        assert_eq!((parts.guesses.len(), &parts.guesses[0].0), (5, &best_labels(&golden).await[0]));
        assert_eq!(maps.depth.values().len(), 64 * 64);

        for (width, height) in [(1, 1), (700, 3), (50, 900)] {
            let picture =
                Picture::new(width, height, vec![128; (width * height * 3) as usize]).expect("it is a picture");
            pipeline.decompose(&picture).await.expect("any size runs");
        }
    }

    pub(super) async fn semantics_instances_and_depth_each_change_the_picture() {
        let (pipeline, scene) = (pipeline().await, Scene::new());
        let settings = settings(SamplerKind::DpmSolverPlusPlus2M, 2);
        let generate = async |conditions: ConditionSet| {
            let plan = plan(conditions, settings.clone());
            pipeline.generate(&plan, &mut Trace::default(), &mut Silent).await.expect("it runs").rgb
        };
        let plain = generate(ConditionSet::default()).await;
        let map = scene.golden.get("instances64").iter().map(|&value| value as u8).collect();
        let boundary = scene.golden.get("boundary64").iter().map(|value| value / 255.0).collect();
        let instances = Weighted::new(Instances::new(map, boundary).expect("the scene has instances"));
        assert_eq!(instances.value.raster(64), scene.instances());
        let depth = Depth::new(scene.golden.get("depth64").iter().map(|value| value / 255.0).collect());
        let depth = Weighted::new(depth.expect("the scene has depth"));
        let semantics =
            Weighted::new(Semantics::new(golden("image_encoder").get("semantics")).expect("it is a vector"));

        let none = ConditionSet::default();
        let one_each = [
            ConditionSet { instances: Some(instances), ..none.clone() },
            ConditionSet { depth: Some(depth), ..none.clone() },
            ConditionSet { semantics: Some(semantics), ..none.clone() },
        ];
        for conditions in one_each {
            assert_ne!(generate(conditions.clone()).await, plain, "{conditions:?}");
            // Out of its part of the run, or without weight, a condition is as good as absent.
            let mut absent = conditions;
            absent.instances.iter_mut().for_each(|condition| condition.weight = 0.0);
            absent.depth.iter_mut().for_each(|condition| (condition.start, condition.end) = (0.9, 0.95));
            absent.semantics.iter_mut().for_each(|condition| condition.end = 0.0);
            assert_eq!(generate(absent.clone()).await, plain, "{absent:?}");
        }
    }

    pub(super) async fn given_semantics_take_the_place_of_the_prior() {
        let caption = Some(Weighted::new("a cat".into()));
        let semantics = Semantics::new(golden("image_encoder").get("semantics")).expect("it is a vector");
        let given = ConditionSet { caption, semantics: Some(Weighted::new(semantics)), ..ConditionSet::default() };
        let mut pipeline = Pipeline::<Cpu>::new(manifest().await, cpu_device());
        pipeline.load(&Tiny, &["text_encoder", "base", "upsampler"], &mut |_| {}).await.expect("the tiny model loads");
        let settings = settings(SamplerKind::DpmSolverPlusPlus2M, 1);
        let generate = async |pipeline: &Pipeline<Cpu>, conditions: &ConditionSet| {
            let plan = plan(conditions.clone(), settings.clone());
            pipeline.generate(&plan, &mut Trace::default(), &mut Silent).await
        };
        let with = generate(&pipeline, &given).await.expect("it needs no prior");
        let mut weightless = given.clone();
        weightless.semantics.iter_mut().for_each(|semantics| semantics.weight = 0.0);
        assert_eq!(generate(&pipeline, &weightless).await.map_err(|error| error.code()), Err("manifest"));
        pipeline.load(&Tiny, &["prior"], &mut |_| {}).await.expect("the tiny model loads");
        let without = generate(&pipeline, &weightless).await.expect("it runs");
        assert_ne!(with, without);
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
            let plan = plan(conditions.clone(), settings);
            pipeline.generate(&plan, &mut Trace::default(), &mut Silent).await.expect("it runs")
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
        let plan = plan(ConditionSet::default(), settings);
        let outcome = pipeline.generate(&plan, &mut Trace::default(), &mut observer).await;
        assert_eq!(outcome.err(), Some(Error::Cancelled));
    }
}
