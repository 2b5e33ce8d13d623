// sharp as the slots use it.
//
//  - One libvips thread a picture: a machine runs as many slots as it has cores, and pictures beside each
//    other use them better than threads within one.
//  - No cache: no two jobs share a file, and a warm process must not hold on to what strangers sent.
//  - Only the readers for the accepted formats; libvips looks at the bytes itself and would try others.
import sharp from 'sharp';

sharp.concurrency(1);
sharp.cache(false);
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['Jpeg', 'Png', 'Webp', 'Heif', 'Tiff', 'Nsgif', 'Svg'].map(
    (reader) => `VipsForeignLoad${reader}`,
  ),
});

export { sharp };

/** The most pixels that are read or made: width × height × frames. Four bytes each make 1 GiB. */
export const pixelsMax = 268_402_689;
