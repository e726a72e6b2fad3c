let ok=false; export default async function init(){ok=true}
const err=(code,m)=>Object.assign(new Error(m),{code});
const wait=ms=>new Promise(r=>setTimeout(r,ms));
export class Composer{ constructor(b){this.backend=b==="webgpu"?"webgpu":"cpu";this.adapter=b==="webgpu"?"Fake GPU":"";this.reason=b==="cpu"?"Chosen by you.":"there is no WebGPU adapter here";this.s=false}
 static async open(b){ if(b==="webgpu") throw err("device","The graphics device cannot be used: there is no WebGPU adapter here. Choose the CPU instead, or reload the page");return new Composer(b)}
 async load(store,recipe,on){ const m=JSON.parse(new TextDecoder().decode(await store.manifest())); const total=m.shards.reduce((a,s)=>a+s.bytes,0); let rec=0,cached=0;
  for(const s of m.shards){ let b=await store.read(s.sha256); let c=!!b; if(!b){ b=await store.fetch(s.file,s.bytes,s.sha256,r=>on({stage:s.stage,file:s.file,received:r,total:s.bytes,cached:false})); await store.write(s.sha256,b)} on({stage:s.stage,file:s.file,received:s.bytes,total:s.bytes,cached:c}) } return {stages:["text_encoder","prior","base","upsampler"]} }
 async generate(recipe,on){ this.s=false; const t=performance.now();
  for(const [stage,n] of [["caption",1],["prior",recipe.steps.prior],["base",recipe.steps.base],["upsampler",recipe.steps.upsampler]]) for(let i=1;i<=n;i++){ await wait(60); if(this.s) throw err("cancelled","Stopped"); const e={type:"step",stage,step:i,steps:n,seconds_left:(n-i)*.06}; if(stage==="base"){e.preview={width:64,height:64,rgba:paint(64,recipe.seed,i/n)}} on(e)}
  const rgba=paint(256,recipe.seed,1); const c=new OffscreenCanvas(256,256);c.getContext("2d").putImageData(new ImageData(rgba.slice(),256,256),0,0); const png=new Uint8Array(await (await c.convertToBlob()).arrayBuffer());
  const tail=new TextEncoder().encode("RECIPE"+JSON.stringify(recipe)); const out=new Uint8Array(png.length+tail.length); out.set(png);out.set(tail,png.length);
  return {width:256,height:256,rgba,png:out,recipe,seconds:(performance.now()-t)/1e3} }
 stop(){this.s=true} free(){} }
function paint(n,seed,k){const c=new OffscreenCanvas(n,n),x=c.getContext("2d");x.fillStyle="#f4f1ea";x.fillRect(0,0,n,n);const h=seed%360;
 const g=x.createRadialGradient(n*.42,n*.38,n*.05,n*.5,n*.55,n*.42);g.addColorStop(0,`hsl(${h} 90% 78%)`);g.addColorStop(.5,`hsl(${h} 80% 55%)`);g.addColorStop(1,`hsl(${h} 75% 34%)`);x.fillStyle=g;x.beginPath();x.arc(n/2,n*.55,n*.34*(.4+.6*k),0,7);x.fill();x.fillStyle=`hsl(${h+120} 50% 40%)`;x.beginPath();x.ellipse(n*.58,n*.17,n*.11,n*.05,-.5,0,7);x.fill();
 const d=x.getImageData(0,0,n,n).data;const a=(1-k)*255;for(let i=0;i<d.length;i++)if(i%4<3)d[i]+= (Math.random()-.5)*a;return d}
export function palette_of(){return [["#d2402c",.4],["#f3e9d8",.3],["#2b2a33",.15],["#5c8a4a",.1],["#e9b44c",.05]].map(([color,weight])=>({color,weight}))}
export function read_recipe(p){const s=new TextDecoder().decode(p);const i=s.lastIndexOf("RECIPE{");return i<0?undefined:JSON.parse(s.slice(i+6))}
export function check_recipe(){}
